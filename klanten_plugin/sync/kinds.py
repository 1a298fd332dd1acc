"""Who does which kind of row of the outbox."""

from ..constants import OutboxKind
from . import (
    contactgegevens,
    meldingen,
    mutaties,
    notifications,
    rollen,
    rollen_pass,
)
from .outbox import Handler

HANDLERS: dict[OutboxKind, Handler] = {
    OutboxKind.NOTIFICATION: Handler(notifications.deliver, notifications.backoff),
    OutboxKind.ROL_BRON: Handler(rollen_pass.go_on, rollen.backoff),
    OutboxKind.ROL_KLANT: Handler(rollen.sync_klant, rollen.backoff),
    OutboxKind.ROL_MELDING: Handler(meldingen.follow, rollen.backoff),
    OutboxKind.ROL_CONTROLE: Handler(meldingen.check, rollen.backoff),
    OutboxKind.ROL_LOSGELATEN: Handler(rollen.release, rollen.backoff),
    OutboxKind.ROL_VERWIJDEREN: Handler(rollen.remove, rollen.backoff),
    OutboxKind.NHR_OVERNAME: Handler(contactgegevens.deliver, contactgegevens.backoff),
    OutboxKind.NHR_SIGNALEN: Handler(mutaties.deliver, contactgegevens.backoff),
}
"""Every kind has one; a test says so."""
