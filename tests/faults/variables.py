"""Environment variables of the host's processes in these tests.

Their settings can't be imported here, because they set the provider of metrics.
"""

BROKER_URL = "FAULTS_BROKER_URL"
"""Environment variable with the URL of another broker than the host's."""

CLOCK_AHEAD = "FAULTS_CLOCK_AHEAD"
"""Environment variable with the seconds by which the clock of the process is ahead."""
