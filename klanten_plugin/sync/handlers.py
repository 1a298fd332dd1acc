"""The handler of each kind of row in the outbox."""

from functools import partial

from ..clients.nhr.budget import Lane
from ..constants import OutboxKind
from . import klanten, notificaties
from .nhr import gate, refresh, signals
from .nhr.active import reading_once
from .outbox.run import Handler
from .rollen import addresses, full_pass, inbox, keep, removal

HANDLERS: dict[OutboxKind, Handler] = {
    OutboxKind.NOTIFICATION: Handler(
        notificaties.deliver_notification,
        notificaties.notification_backoff,
        threads=3,
    ),
    OutboxKind.ROL_BRON: Handler(full_pass.go_on, keep.rollen_backoff),
    OutboxKind.ROL_KLANT: Handler(keep.sync_klant, keep.rollen_backoff),
    OutboxKind.ROL_CONTROLE: Handler(inbox.check, keep.rollen_backoff),
    OutboxKind.ROL_LOSGELATEN: Handler(keep.release, keep.rollen_backoff),
    OutboxKind.ROL_VERWIJDEREN: Handler(removal.remove, keep.rollen_backoff),
    OutboxKind.ROL_ADRESSEN: Handler(addresses.recognise, keep.rollen_backoff),
    OutboxKind.NHR_OVERNAME: Handler(
        refresh.ask_first,
        refresh.nhr_backoff,
        partial(gate.is_open, Lane.FIRST),
        threads=2,
        context=reading_once,
    ),
    OutboxKind.NHR_VERVERSING: Handler(
        refresh.refresh_due,
        refresh.nhr_backoff,
        partial(gate.is_open, Lane.REFRESH),
        threads=2,
        context=reading_once,
    ),
    OutboxKind.NHR_SIGNALEN: Handler(signals.follow_signals, refresh.nhr_backoff),
    OutboxKind.VERWIJDERLIJST: Handler(klanten.delete_listed, klanten.deletion_backoff),
}
"""The handlers by kind. A test checks that it is complete."""
