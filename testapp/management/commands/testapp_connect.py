"""`testapp_connect`: connect the running demo host and its peers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from testapp.demo.relations import make_relations


class Command(BaseCommand):
    """Does everything in one process, because starting Django is slow."""

    help = (
        "Register our kanaal, subscribe to those of the peers, and give klanten roles."
    )

    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments. Relations are created only once.

        Later deletions are preserved.
        """
        parser.add_argument("--relations", action="store_true")

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Subscribe first, so that the relations arrive by notification."""
        call_command("register_kanalen", stdout=self.stdout)
        call_command("klanten_abonnement", "register", stdout=self.stdout)
        if options["relations"]:
            self.stdout.write(f"{make_relations()} relations made")
