"""`testapp_nhr`: configure the trade register of the demo host."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand
from django.db import transaction

from simple_certmanager.constants import CertificateTypes
from simple_certmanager.models import Certificate
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.models import KlantenConfig, NhrBron
from klanten_plugin.sync.nhr.gate import resume
from testapp.peers.certificates import make_certificates

KVK = "kvk"
"""Slug of the service."""


class Command(BaseCommand):
    """Idempotent: the arguments describe the resulting configuration."""

    help = "Have the demo host take contact data over from this trade register."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments: the address and key of the register."""
        parser.add_argument("--register", required=True, help="http://host:port")
        parser.add_argument("--key", required=True)
        parser.add_argument(
            "--dataservice",
            nargs=2,
            metavar=("URL", "FOLDER"),
            help="KVK Dataservice, and where its certificates are or are to be made",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Use KVK's REST APIs for name and address, the others for contact details."""
        config = KlantenConfig.get_solo()
        root = options["register"].rstrip("/")
        kvk = _service(KVK, "KVK", f"{root}/api/", options["key"])
        facade = _service("hr", "HR-bevragen", f"{root}/bevragen/v1/", options["key"])
        config.nhr_mutatieservice = kvk
        config.save()
        sources = [(NhrBron.Soort.KVK, kvk), (NhrBron.Soort.HAAL_CENTRAAL, facade)]
        if options["dataservice"]:
            url, folder = options["dataservice"]
            service = _dataservice(url, Path(folder))
            sources.insert(1, (NhrBron.Soort.DATASERVICE, service))
        for number, (soort, service) in enumerate(sources):
            NhrBron.objects.update_or_create(
                config=config,
                soort=soort,
                defaults={"service": service, "position": number, "active": True},
            )
        # resume, as it now has another key than the one that may have been refused
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


def _dataservice(root: str, folder: Path) -> Service:
    """Return the Service with mutual TLS, after creating missing certificates."""
    made = make_certificates(folder)
    service, _made = Service.objects.update_or_create(
        slug="dataservice",
        defaults={
            "label": "KVK Dataservice",
            "api_type": APITypes.orc,
            "api_root": root,
            "auth_type": AuthTypes.no_auth,
            "client_certificate": _certificate(
                "Dataservice: client", made.certificate("client"), made.key("client")
            ),
            "server_certificate": _certificate(
                "Dataservice: server", made.authority, None
            ),
        },
    )
    return service


def _certificate(label: str, public: Path, private: Path | None) -> Certificate:
    """Save the certificate under this label. An existing one is kept."""
    content = public.read_bytes()
    for known in Certificate.objects.filter(label=label):
        if _is_kept(known, content):
            return known
    key = ContentFile(private.read_bytes(), name=private.name) if private else ""
    return Certificate.objects.create(
        label=label,
        type=CertificateTypes.key_pair if private else CertificateTypes.cert_only,
        public_certificate=ContentFile(content, name=public.name),
        private_key=key,
    )


def _is_kept(known: Certificate, content: bytes) -> bool:
    try:
        with known.public_certificate.open("rb") as stream:
            kept: bytes = stream.read()
    except OSError:  # a folder with files was deleted
        return False
    return kept == content
