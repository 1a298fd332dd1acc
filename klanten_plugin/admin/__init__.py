"""The admin pages, for functional administrators."""

from .config import KlantenConfigAdmin
from .klanten.model_admin import KlantAdmin
from .nhr import NhrStandAdmin, NhrVerbruikAdmin
from .outbox import OutboxTaskAdmin
from .rollen import KlantRolAdmin, RolBronAdmin
from .status import StandAdmin

__all__ = [
    "KlantAdmin",
    "KlantRolAdmin",
    "KlantenConfigAdmin",
    "NhrStandAdmin",
    "NhrVerbruikAdmin",
    "OutboxTaskAdmin",
    "RolBronAdmin",
    "StandAdmin",
]
