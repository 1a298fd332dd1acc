"""`testapp_application`: grant an application permissions on the Klanten API."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vng_api_common.constants import ComponentTypes

from testapp.applications import KLANTEN_SCOPES, save_application


class Command(BaseCommand):
    """Idempotent."""

    help = "Make or change one application, with exactly the scopes given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the application and its permissions."""
        parser.add_argument("client_id")
        parser.add_argument("secret")
        parser.add_argument(
            "--scopes",
            default=",".join(KLANTEN_SCOPES),
            help="scopes on component kc, separated by commas (default: all)",
        )

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Save the application. Scopes that the API doesn't have are refused."""
        labels = [label.strip() for label in options["scopes"].split(",")]
        labels = list(dict.fromkeys(filter(None, labels)))
        if unknown := sorted(set(labels) - set(KLANTEN_SCOPES)):
            raise CommandError(
                f"Unknown scopes: {', '.join(unknown)}. "
                f"Choose from {', '.join(KLANTEN_SCOPES)}."
            )
        save_application(
            options["client_id"], options["secret"], {ComponentTypes.kc: labels}
        )
        self.stdout.write(f"application {options['client_id']}: {' '.join(labels)}")
