"""How do the klanten of the demo get roles in contactmomenten and verzoeken?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import requests
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.domain.changes import own_collection_url
from klanten_plugin.models import Klant, KlantenConfig
from testapp.peers.relatie_auth import make_token
from testapp.peers.relatie_kinds import CONTACTMOMENTEN, VERZOEKEN, Kind

CLIENT_ID = "klanten"
KLANTEN = 5


class Command(BaseCommand):
    """Safe to repeat: klanten that have a role already get no other one."""

    help = "Choose the Contactmomenten and Verzoeken peers, and make relations there."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where the peers are, and with which secret they know us."""
        for kind in (CONTACTMOMENTEN, VERZOEKEN):
            parser.add_argument(f"--{kind.name}", metavar="ROOT", required=True)
        parser.add_argument("--secret", required=True)

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Configure, then act as a consumer of both."""
        config = KlantenConfig.get_solo()
        klanten = list(Klant.objects.order_by("pk")[:KLANTEN])
        for kind in (CONTACTMOMENTEN, VERZOEKEN):
            service = save_service(kind, options[kind.name], options["secret"])
            getattr(config, f"{kind.name}_services").add(service)
            for klant in klanten:
                relate(kind, service, f"{own_collection_url()}/{klant.uuid}")
        self.stdout.write(f"{len(klanten)} klanten have roles at both peers")


def save_service(kind: Kind, root: str, secret: str) -> Service:
    """The peer as the administrator would enter it."""
    values = {
        "label": kind.name.capitalize(),
        "api_root": f"{root.rstrip('/')}/",
        "api_type": "orc",
        "auth_type": AuthTypes.zgw,
        "client_id": CLIENT_ID,
        "secret": secret,
    }
    slug = f"demo-{kind.name}"
    service, _ = Service.objects.update_or_create(slug=slug, defaults=values)
    return service


def relate(kind: Kind, service: Service, klant: str) -> None:
    """A contactmoment or verzoek of this klant, unless there is one."""
    token = make_token(service.client_id, service.secret)
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        relations = f"{service.api_root}{kind.relations}"
        found = session.get(relations, params={"klant": klant}, timeout=10)
        if found.ok and found.json()["count"]:
            return
        parent = session.post(
            f"{service.api_root}{kind.parents}",
            json={"bronorganisatie": "123456782"},
            timeout=10,
        )
        if not parent.ok:
            raise CommandError(f"{service.label}: {parent.status_code}")
        for rol in kind.choices["rol"][: 2 if "rol" in kind.unique else 1]:
            body = {"klant": klant, kind.parent: parent.json()["url"], "rol": rol}
            made = session.post(relations, json=body, timeout=30)
            if not made.ok:
                raise CommandError(f"{service.label}: {made.status_code} {made.text}")
