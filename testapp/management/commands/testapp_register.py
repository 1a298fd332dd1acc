"""`testapp_register`: report a change of a company to the demo's trade register."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import requests
from zgw_consumers.models import Service

from testapp.demo.configuration import KVK
from testapp.peers.wire import direct_session

FIELDS = {"naam": "eersteHandelsnaam", "website": "websites"}


class Command(BaseCommand):
    """Idempotent: the arguments describe the resulting entry of the register."""

    help = "Change a vestiging in the trade register of the demo."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the company, and the values to change."""
        parser.add_argument("vestigingsnummer")
        for name in FIELDS:
            parser.add_argument(f"--{name}")

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Change the register, and print the resulting entry."""
        given = {name: options[name] for name in FIELDS if options[name] is not None}
        if not given:
            raise CommandError(f"Name what changes: --{', --'.join(FIELDS)}.")
        changes: dict[str, Any] = {FIELDS[name]: given[name] for name in given}
        if "websites" in changes:
            changes["websites"] = [changes["websites"]]
        register(options["vestigingsnummer"], changes)
        for name in changes:
            self.stdout.write(f"{options['vestigingsnummer']} {name}: {changes[name]}")


def register(nummer: str, changes: dict[str, Any]) -> None:
    """Change the register, which signals it to subscribers of mutations."""
    service = Service.objects.filter(slug=KVK).first()
    if service is None:
        raise CommandError("The demo has no trade register: start it first.")
    url = f"{service.api_root.removesuffix('/api/')}/register/{nummer}"
    key = {service.header_key: service.header_value}
    try:
        with direct_session() as session:
            answer = session.post(url, json=changes, headers=key, timeout=10)
    except requests.RequestException:
        raise CommandError("The register doesn't answer: start the demo.") from None
    if not answer.ok:
        raise CommandError(f"The register has no vestiging {nummer} to change.")
