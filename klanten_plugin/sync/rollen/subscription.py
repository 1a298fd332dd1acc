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
from ...domain.rollen.inbox import use_new_secret
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

    Idempotent: a subscription to the same address is changed, not added to.

    The Notificaties API tries the address before it answers, and its answer may get lost.
    So the new secret is stored before it is sent, beside the one in use, and both hold
    until a notification comes that was signed with the new one. A renewal that failed
    leaves both, and the next one sends the same new secret, so there are never more.
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
    """Compare our books with those of the Notificaties API: the host's own."""
    config = KlantenConfig.get_solo()
    remote = (client or notificaties_client()).find(callback_url)
    return Status(config.abonnement_url, tuple(config.abonnement_kanalen), remote)


def token(config: KlantenConfig) -> str:
    """Return what the Notificaties API sends with every notification: the newest one."""
    claims = {"iss": CLIENT_ID, "client_id": config.abonnement_client_id}
    secret = config.abonnement_new_secret or config.abonnement_secret
    return f"Bearer {jwt.encode(claims, secret, algorithm=ALGORITHM)}"
