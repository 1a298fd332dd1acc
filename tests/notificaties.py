"""The demo host's Notificaties API, in a thread, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps

import pytest
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from testapp.peers.tokens import Applications
from testapp.peers.wire import Server
from tests.peers.notificaties import Notificaties
from tests.web_server import serving

SECRET = "a secret of a Notificaties API, which is long enough"
CLIENT_ID = "klanten"

needs_notifications = pytest.mark.skipif(
    not apps.is_installed("notifications_api_common"),
    reason="this host has no notifications",
)


class Peer:
    """The received messages, and the faults."""

    def __init__(self, api: Notificaties, port: int) -> None:
        self.api = api
        self.port = port

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1/"

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.api.messages

    def misbehave(self, *faults: dict[str, Any]) -> None:
        """Activate faults, see `tests.peers.faults`, or stop all."""
        self.api.faults.put(list(faults))


@contextmanager
def running_peer() -> Iterator[Peer]:
    """Run a Notificaties API in this context."""
    api = Notificaties(Applications({CLIENT_ID: SECRET}))
    with serving(Server(api)) as port:
        yield Peer(api, port)


def use_service(root: str, **fields: Any) -> Service:
    """Send the host's notifications there."""
    values = {
        "label": "Notificaties",
        "slug": "notificaties",
        "api_type": APITypes.nrc,
        "auth_type": AuthTypes.zgw,
        "client_id": CLIENT_ID,
        "secret": SECRET,
        **fields,
    }
    service = Service.objects.create(api_root=root, **values)
    configure(notifications_api_service=service)
    return service


def change_service(**fields: Any) -> None:
    """Change its Service. The suite's migrations create Services, too."""
    Service.objects.filter(slug="notificaties").update(**fields)


def configure(**fields: Any) -> None:
    """Set fields of the host's NotificationsConfig."""
    config = apps.get_model(
        "notifications_api_common", "NotificationsConfig"
    ).get_solo()
    for name, value in fields.items():
        setattr(config, name, value)
    config.save()


@pytest.fixture
def notifications(settings: Any) -> None:
    """Enable notifications in the host."""
    settings.NOTIFICATIONS_DISABLED = False


@pytest.fixture
def nrc(db: None, notifications: None) -> Iterator[Peer]:
    """A Notificaties API, configured in the host."""
    with running_peer() as peer:
        use_service(peer.root)
        yield peer
