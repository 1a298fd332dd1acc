"""System checks: what is missing or contradicts itself in the host.

``docs/checks.md`` explains each of them; a test holds that page and this code together.
Importing the package registers them.
"""

from . import (
    certificates,
    database,
    installation,
    logs,
    operation,
    services,
    static_files,
    values,
)

__all__ = [
    "certificates",
    "database",
    "installation",
    "logs",
    "operation",
    "services",
    "static_files",
    "values",
]
