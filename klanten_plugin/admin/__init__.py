"""The admin pages, for functional administrators."""

from .config import KlantenConfigAdmin
from .klanten import KlantAdmin
from .outbox import OutboxTaskAdmin
from .rollen import KlantRolAdmin, KlantRolInline, RolBronAdmin, rollen_ophalen

__all__ = [
    "KlantAdmin",
    "KlantRolAdmin",
    "KlantRolInline",
    "KlantenConfigAdmin",
    "OutboxTaskAdmin",
    "RolBronAdmin",
    "rollen_ophalen",
]
