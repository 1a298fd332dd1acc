"""The admin pages for functional administrators."""

from .config import KlantenConfigAdmin
from .deletions import DeletionAdmin, DeletionListAdmin
from .duplicates import PossibleDuplicateAdmin
from .klanten.model_admin import KlantAdmin
from .nhr import NhrStateAdmin, NhrVerbruikAdmin
from .outbox import OutboxRowAdmin
from .rollen import KlantRolAdmin, RolBronAdmin
from .status import StatusPageAdmin

__all__ = [
    "DeletionAdmin",
    "DeletionListAdmin",
    "KlantAdmin",
    "KlantRolAdmin",
    "KlantenConfigAdmin",
    "NhrStateAdmin",
    "NhrVerbruikAdmin",
    "OutboxRowAdmin",
    "PossibleDuplicateAdmin",
    "RolBronAdmin",
    "StatusPageAdmin",
]
