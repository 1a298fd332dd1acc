"""Subscribe to notifications of the services with roles."""

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
from ...domain.rollen.inbox import use_new_secret
from ...models import KlantenConfig

CLIENT_ID = "klanten-abonnement"
SECRET_BYTES = 48
ALGORITHM = "HS256"


@dataclass(frozen=True)
class Status:
    """The subscription as stored here, and as stored by the Notificaties API."""

    url: str
    kanalen: tuple[str, ...]
    remote: Abonnement | None

    @property
    def is_right(self) -> bool:
        """Whether both match."""
        if self.remote is None or self.remote.url != self.url:
            return False
        return set(self.kanalen) <= set(self.remote.kanalen)


def subscribe(callback_url: str) -> Abonnement:
    """Subscribe, or renew the subscription with a new secret.

    Idempotent: an existing subscription with the same callback URL is updated.

    The Notificaties API calls the callback before it responds, and its response can be
    lost. The new secret is therefore stored before it is sent, beside the current one,
    and both are valid until a notification arrives that is signed with the new one. If
    a renewal fails, the next one sends the same new secret, so there are at most two.
    """
    client = notificaties_client()
    existing = client.find(callback_url)
    kanalen = [soort.value for soort in RolSoort]
    config = _prepare(kanalen)
    if existing is None:
        abonnement = client.create(callback_url, token(config), kanalen)
    else:
        abonnement = client.update(existing, token(config), kanalen)
    use_new_secret(config.abonnement_new_secret)
    KlantenConfig.objects.update(abonnement_url=abonnement.url)
    return abonnement


def _prepare(kanalen: list[str]) -> KlantenConfig:
    config = KlantenConfig.get_solo()
    config.abonnement_client_id = CLIENT_ID
    config.abonnement_kanalen = kanalen
    config.abonnement_new_secret = (
        config.abonnement_new_secret or secrets.token_urlsafe(SECRET_BYTES)
    )
    config.save(
        update_fields=[
            "abonnement_client_id",
            "abonnement_kanalen",
            "abonnement_new_secret",
        ]
    )
    return config


def status(callback_url: str, client: AbonnementenClient | None = None) -> Status:
    """Compare the stored subscription with that of the host's Notificaties API."""
    config = KlantenConfig.get_solo()
    remote = (client or notificaties_client()).find(callback_url)
    return Status(config.abonnement_url, tuple(config.abonnement_kanalen), remote)


def token(config: KlantenConfig) -> str:
    """Return the newest token that the Notificaties API sends with notifications."""
    claims = {"iss": CLIENT_ID, "client_id": config.abonnement_client_id}
    secret = config.abonnement_new_secret or config.abonnement_secret
    return f"Bearer {jwt.encode(claims, secret, algorithm=ALGORITHM)}"
