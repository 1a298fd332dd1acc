"""Subscribe to the notifications of the services that hold roles."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import jwt

from ...clients.notificaties.subscriptions import (
    Abonnement,
    AbonnementenClient,
    notificaties_client,
)
from ...constants import RolSoort
from ...models import KlantenConfig

CLIENT_ID = "klanten-abonnement"
SECRET_BYTES = 48
ALGORITHM = "HS256"


@dataclass(frozen=True)
class Status:
    """What we think of our subscription, and what the Notificaties API has."""

    url: str
    kanalen: tuple[str, ...]
    remote: Abonnement | None

    @property
    def is_right(self) -> bool:
        """Whether both say the same."""
        if self.remote is None or self.remote.url != self.url:
            return False
        return set(self.kanalen) <= set(self.remote.kanalen)


def subscribe(callback_url: str) -> Abonnement:
    """Subscribe, or renew the subscription with a new secret.

    Twice does no harm: a subscription to the same address is changed, not added to. The
    Notificaties API tries the address before it answers, so the secret is stored
    first; where it refuses, the one before it is put back.
    """
    client = notificaties_client()
    existing = client.find(callback_url)
    kanalen = [soort.value for soort in RolSoort]
    config = KlantenConfig.get_solo()
    before = (config.abonnement_client_id, config.abonnement_secret)
    _store_secret(config, CLIENT_ID, secrets.token_urlsafe(SECRET_BYTES))
    try:
        if existing is None:
            abonnement = client.create(callback_url, token(config), kanalen)
        else:
            abonnement = client.update(existing, token(config), kanalen)
    except BaseException:
        _store_secret(config, *before)
        raise
    config.abonnement_url = abonnement.url
    config.abonnement_kanalen = kanalen
    config.save(update_fields=["abonnement_url", "abonnement_kanalen"])
    return abonnement


def status(callback_url: str, client: AbonnementenClient | None = None) -> Status:
    """Compare our books with those of the Notificaties API: the host's own."""
    config = KlantenConfig.get_solo()
    remote = (client or notificaties_client()).find(callback_url)
    return Status(config.abonnement_url, tuple(config.abonnement_kanalen), remote)


def token(config: KlantenConfig) -> str:
    """What the Notificaties API sends with every notification."""
    claims = {"iss": CLIENT_ID, "client_id": config.abonnement_client_id}
    signed = jwt.encode(claims, config.abonnement_secret, algorithm=ALGORITHM)
    return f"Bearer {signed}"


def _store_secret(config: KlantenConfig, client_id: str, secret: str) -> None:
    config.abonnement_client_id, config.abonnement_secret = client_id, secret
    config.save(update_fields=["abonnement_client_id", "abonnement_secret"])
