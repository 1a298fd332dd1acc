"""`testapp_application`: grant an application permissions on the Klanten API."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from klanten_plugin.constants import SCOPES
from klanten_plugin.setup_configuration.sections import apply_file
from testapp.demo.configuration import applications


class Command(BaseCommand):
    """Idempotent."""

    help = "Make or change one application, with exactly the scopes given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the application and its permissions."""
        parser.add_argument("client_id")
        parser.add_argument("secret")
        parser.add_argument(
            "--scopes",
            default=",".join(SCOPES),
            help="scopes on component kc, separated by commas (default: all)",
        )

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Save the application. Scopes that the API doesn't have are refused."""
        scopes = [label.strip() for label in options["scopes"].split(",")]
        if unknown := sorted(set(scopes) - set(SCOPES)):
            raise CommandError(
                f"Unknown scopes: {', '.join(unknown)}. "
                f"Choose from {', '.join(SCOPES)}."
            )
        given = (options["secret"], scopes)
        lines = apply_file(applications({options["client_id"]: given}))
        self.stdout.writelines(f"{line}\n" for line in lines)
