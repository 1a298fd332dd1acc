"""The admin pages, for functional administrators."""

from .config import KlantenConfigAdmin
from .klanten import KlantAdmin
from .nhr import NhrStandAdmin, NhrVerbruikAdmin
from .outbox import OutboxTaskAdmin
from .rollen import KlantRolAdmin, RolBronAdmin
from .stand import StandAdmin

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
