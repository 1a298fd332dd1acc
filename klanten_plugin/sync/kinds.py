"""Who does which kind of row of the outbox."""

from ..constants import OutboxKind
from . import notifications
from .outbox import Handler

HANDLERS: dict[OutboxKind, Handler] = {
    OutboxKind.NOTIFICATION: Handler(notifications.deliver, notifications.backoff),
}
"""Every kind has one; a test says so."""
