"""What can be wrong with an installation: one list for system checks and the doctor.

Each :class:`Kind` says what is wrong, why that hurts and how to mend it.
``docs/checks.md`` has a section for each id; a test compares the two.
"""

from .database import DATABASE
from .doctor import DOCTOR
from .kinds import APP_LABEL, Kind
from .operation import OPERATION
from .settings import SETTINGS

KINDS: dict[str, Kind] = {**SETTINGS, **DATABASE, **OPERATION, **DOCTOR}
"""By id without the label of the app. ``E``: keeps the host from starting. ``W``: a
warning of a system check. ``D``: found by the doctor alone, which tries things."""

__all__ = ["APP_LABEL", "KINDS", "Kind"]
