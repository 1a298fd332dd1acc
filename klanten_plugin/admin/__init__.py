"""The admin pages, for functional administrators."""

from .config import KlantenConfigAdmin
from .klanten import KlantAdmin
from .nhr import NhrStandAdmin, NhrVerbruikAdmin
from .outbox import OutboxTaskAdmin
from .rollen import KlantRolAdmin, KlantRolInline, RolBronAdmin, rollen_ophalen

__all__ = [
    "KlantAdmin",
    "KlantRolAdmin",
    "KlantRolInline",
    "KlantenConfigAdmin",
    "NhrStandAdmin",
    "NhrVerbruikAdmin",
    "OutboxTaskAdmin",
    "RolBronAdmin",
    "rollen_ophalen",
]
