"""Environment variables of the host's processes in these tests.

Their settings can't be imported here: they choose the provider of metrics.
"""

BROKER_URL = "FAULTS_BROKER_URL"
"""Environment variable with another broker than that of the host."""

CLOCK_AHEAD = "FAULTS_CLOCK_AHEAD"
"""Environment variable with the seconds that the clock of the process is ahead."""
