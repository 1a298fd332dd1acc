"""`testapp_involve`: create a contactmoment and a verzoek, as if a klant telephones."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from testapp.demo.configuration import KINDS
from testapp.demo.relations import consumer

CONTENT = {"tekst": "Vraagt hoe het met de vergunning staat"}
ROLES = {"contactmomenten": "gesprekspartner", "verzoeken": "initiator"}


class Command(BaseCommand):
    """Not idempotent: each run creates another contactmoment and verzoek."""

    help = "Give a klant a role in a new contactmoment and in a new verzoek."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the argument: the klant, by the URL that those APIs use."""
        parser.add_argument("klant", help="URL of the klant")

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Create them only at the peers: the host discovers them by itself."""
        for kind in KINDS:
            rol = ROLES[kind.name]
            with consumer(kind) as api:
                api.add(CONTENT, [{"klant": options["klant"], "rol": rol}])
            self.stdout.write(f"{rol} of a new {kind.parent}")
