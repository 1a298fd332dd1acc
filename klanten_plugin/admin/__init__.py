"""The admin pages, for functional administrators."""

from .outbox import OutboxTaskAdmin

__all__ = ["OutboxTaskAdmin"]
