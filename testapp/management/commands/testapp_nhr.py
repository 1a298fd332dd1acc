"""`testapp_nhr`: which trade register does the demo host use?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.models import KlantenConfig, NhrBron
from klanten_plugin.sync.nhr.stop import resume

KVK = "kvk"
"""Slug of the service."""


class Command(BaseCommand):
    """Safe to repeat: it describes what must be there."""

    help = "Have the demo host take contact data over from this trade register."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the register is, and its key."""
        parser.add_argument("--register", required=True, help="http://host:port")
        parser.add_argument("--key", required=True)

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """KVK's APIs for name and address, the facade for telephone and e-mail."""
        config = KlantenConfig.get_solo()
        root = options["register"].rstrip("/")
        kvk = _service(KVK, "KVK", f"{root}/api/", options["key"])
        facade = _service("hr", "HR-bevragen", f"{root}/bevragen/v1/", options["key"])
        config.nhr_mutatieservice = kvk
        config.save()
        sources = ((NhrBron.Soort.KVK, kvk), (NhrBron.Soort.HAAL_CENTRAAL, facade))
        for number, (soort, service) in enumerate(sources):
            NhrBron.objects.update_or_create(
                config=config,
                soort=soort,
                defaults={"service": service, "position": number, "active": True},
            )
        # it has another key now than the one that it may have refused
        resume()


def _service(slug: str, label: str, root: str, key: str) -> Service:
    service, _made = Service.objects.update_or_create(
        slug=slug,
        defaults={
            "label": label,
            "api_type": APITypes.orc,
            "api_root": root,
            "auth_type": AuthTypes.api_key,
            "header_key": "apikey",
            "header_value": key,
        },
    )
    return service
