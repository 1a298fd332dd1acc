"""`testapp_rollen`: give klanten of the demo roles in contactmomenten and verzoeken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import requests
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.domain.klanten.addresses import own_collection_url
from klanten_plugin.domain.rollen.sources import request_passes
from klanten_plugin.models import Klant, KlantenConfig, KlantRol
from testapp.demo.relations import KLANTEN, Consumer, Refused
from testapp.peers.contactmomenten import CONTACTMOMENTEN
from testapp.peers.relatie_store import Kind
from testapp.peers.tokens import make_token
from testapp.peers.verzoeken import VERZOEKEN

CLIENT_ID = "klanten"
KINDS = (CONTACTMOMENTEN, VERZOEKEN)
LABELS = {"contactmomenten": "Klantcontactcentrum", "verzoeken": "Digitaal loket"}
"""Labels of the services."""


class Command(BaseCommand):
    """Idempotent: klanten that already have a role don't get another."""

    help = "Choose the Contactmomenten and Verzoeken peers, and make relations there."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the addresses of the peers, and our secret there."""
        for kind in KINDS:
            parser.add_argument(f"--{kind.name}", metavar="ROOT", required=True)
        parser.add_argument("--secret", required=True)
        parser.add_argument(
            "--configure-only", action="store_true", help="make no relations"
        )

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Configure, then act as a consumer of both."""
        config = KlantenConfig.get_solo()
        for kind in KINDS:
            service = save_service(kind, options[kind.name], options["secret"])
            getattr(config, f"{kind.name}_services").add(service)
        if not options["configure_only"]:
            self.stdout.write(f"{make_relations()} relations made")
        # we weren't notified of changes while we weren't running
        request_passes()


def save_service(kind: Kind, root: str, secret: str) -> Service:
    """Save the peer as an administrator would enter it.

    If it moved, the same relations have other URLs, so the previous ones are removed.
    """
    values = {
        "label": LABELS[kind.name],
        "api_root": f"{root.rstrip('/')}/",
        "api_type": "orc",
        "auth_type": AuthTypes.zgw,
        "client_id": CLIENT_ID,
        "secret": secret,
    }
    service, _ = Service.objects.update_or_create(slug=slug_of(kind), defaults=values)
    moved = KlantRol.objects.filter(bron__service=service)
    moved.exclude(url__startswith=service.api_root).delete()
    return service


def make_relations() -> int:
    """Give the first klanten roles at both peers, and return their number."""
    uuids = Klant.objects.order_by("pk").values_list("uuid", flat=True)[:KLANTEN]
    klanten = [f"{own_collection_url()}/{uuid}" for uuid in uuids]
    if not klanten:
        return 0
    try:
        return sum(_involve(kind, klanten) for kind in KINDS)
    except (Refused, requests.RequestException) as error:
        raise CommandError(f"No relations were made: {error}") from error


def slug_of(kind: Kind) -> str:
    """Return the slug of the service of a peer."""
    return f"demo-{kind.name}"


@contextmanager
def consumer(kind: Kind) -> Iterator[Consumer]:
    """Return a consumer that may write at the peer. Raises ``Service.DoesNotExist``."""
    service = Service.objects.get(slug=slug_of(kind))
    with requests.Session() as session:
        # no proxy of the environment, as it is on this machine
        session.trust_env = False
        token = make_token(service.client_id, service.secret)
        session.headers["Authorization"] = f"Bearer {token}"
        yield Consumer(kind, service.api_root, session)


def _involve(kind: Kind, klanten: list[str]) -> int:
    with consumer(kind) as api:
        return api.involve(klanten)
