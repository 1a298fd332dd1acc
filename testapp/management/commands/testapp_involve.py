"""`testapp_involve`: create a contactmoment and a verzoek, as if a klant telephones."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import requests
from zgw_consumers.models import Service

from testapp.demo.relations import Involved, Refused
from testapp.management.commands.testapp_rollen import KINDS, consumer

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
            try:
                with consumer(kind) as api:
                    api.add(Involved(CONTENT, ((0, rol),)), [options["klant"]])
            except Service.DoesNotExist:
                raise CommandError(
                    "There are no peers: start the demo first."
                ) from None
            except Refused as error:
                raise CommandError(f"Refused: {error}") from error
            except requests.RequestException:
                raise CommandError("No peer answers: start the demo.") from None
            self.stdout.write(f"{rol} of a new {kind.parent}")
