"""Who does which kind of row of the outbox."""

from ..constants import OutboxKind
from . import notificaties
from .nhr import refresh, signals
from .outbox.run import Handler
from .rollen import full_pass, inbox, keep

HANDLERS: dict[OutboxKind, Handler] = {
    OutboxKind.NOTIFICATION: Handler(notificaties.deliver, notificaties.backoff),
    OutboxKind.ROL_BRON: Handler(full_pass.go_on, keep.backoff),
    OutboxKind.ROL_KLANT: Handler(keep.sync_klant, keep.backoff),
    OutboxKind.ROL_MELDING: Handler(inbox.follow, keep.backoff),
    OutboxKind.ROL_CONTROLE: Handler(inbox.check, keep.backoff),
    OutboxKind.ROL_LOSGELATEN: Handler(keep.release, keep.backoff),
    OutboxKind.ROL_VERWIJDEREN: Handler(keep.remove, keep.backoff),
    OutboxKind.NHR_OVERNAME: Handler(refresh.deliver, refresh.backoff),
    OutboxKind.NHR_SIGNALEN: Handler(signals.deliver, refresh.backoff),
}
"""Every kind has one; a test says so."""
