"""Who does which kind of row of the outbox."""

from ..constants import OutboxKind
from . import contactgegevens, mutaties, notifications
from .outbox import Handler

HANDLERS: dict[OutboxKind, Handler] = {
    OutboxKind.NOTIFICATION: Handler(notifications.deliver, notifications.backoff),
    OutboxKind.NHR_OVERNAME: Handler(contactgegevens.deliver, contactgegevens.backoff),
    OutboxKind.NHR_SIGNALEN: Handler(mutaties.deliver, contactgegevens.backoff),
}
"""Every kind has one; a test says so."""
