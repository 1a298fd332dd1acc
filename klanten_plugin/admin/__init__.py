"""The admin pages, for functional administrators."""

from .config import KlantenConfigAdmin
from .nhr import NhrStandAdmin, NhrVerbruikAdmin
from .outbox import OutboxTaskAdmin

__all__ = [
    "KlantenConfigAdmin",
    "NhrStandAdmin",
    "NhrVerbruikAdmin",
    "OutboxTaskAdmin",
]
