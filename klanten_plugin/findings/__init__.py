"""Problems of an installation: one list for system checks and the doctor.

Each :class:`Kind` states the problem, its consequence and the remedy.
``docs/checks.md`` has a section for each id; a test compares the two.
"""

from .database import DATABASE
from .doctor import DOCTOR
from .kinds import APP_LABEL, Kind
from .operation import OPERATION
from .settings import SETTINGS

KINDS: dict[str, Kind] = {**SETTINGS, **DATABASE, **OPERATION, **DOCTOR}
"""The findings by id, without the label of the app. ``E``: an error that keeps the host
from starting. ``W``: a warning of a system check. ``D``: only found by the doctor."""

__all__ = ["APP_LABEL", "KINDS", "Kind"]
