"""`klanten_demo`: load the fictitious klanten of the demo."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from testapp import demo

FILE = Path(demo.__file__).with_name("klanten.jsonl")


class Command(BaseCommand):
    """Idempotent. Notifies nobody, and spreads look-ups in the register over a month."""

    help = "Import the 500 invented klanten of testapp/demo/klanten.jsonl."

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Import them like those of another system."""
        with TemporaryDirectory() as folder:
            report = Path(folder) / "klanten_import.csv"
            call_command("klanten_import", str(FILE), report=report, stdout=self.stdout)
