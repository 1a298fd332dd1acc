"""System checks: missing or contradictory configuration of the host.

``docs/checks.md`` explains each of them; a test keeps that page and this code in sync.
Importing the package registers them.
"""

from . import (  # noqa: F401 - the modules register their checks
    certificates,
    database,
    installation,
    logs,
    operation,
    services,
    static_files,
    values,
)
