"""The configuration of the demo host, as in a file for ``manage.py klanten_setup``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from simple_certmanager.constants import CertificateTypes
from simple_certmanager.models import Certificate

from testapp.peers.certificates import make_certificates
from testapp.peers.contactmomenten import CONTACTMOMENTEN
from testapp.peers.relatie_store import Kind
from testapp.peers.verzoeken import VERZOEKEN

CLIENT_ID = "klanten"
"""Our client ID at the other systems."""

KINDS = (CONTACTMOMENTEN, VERZOEKEN)
LABELS = ("Klantcontactcentrum", "Digitaal loket")
"""The APIs that own relations, and the labels of their services."""

KVK = "kvk"
CLIENT_CERTIFICATE, SERVER_CERTIFICATE = "Dataservice: client", "Dataservice: server"

Fields = dict[str, Any]


def sections(systems: Mapping[str, Sequence[str]]) -> dict[str, Fields]:
    """Return the sections for these systems, all of which are optional.

    Each has its address and its secret: ``notificaties`` the API root and the secret,
    ``nhr`` the URL and the key, ``dataservice`` the URL and the folder of its
    certificates, ``rollen`` the API roots of contactmomenten and verzoeken, and the
    secret of both.
    """
    services: list[Fields] = []
    config: Fields = {}
    if "notificaties" in systems:
        nrc = _zgw("notificaties", "Notificaties API", *systems["notificaties"])
        services.append(nrc | {"api_type": "nrc"})
        config["notificaties"] = "notificaties"
    if "nhr" in systems:
        found = _registers(*systems["nhr"], systems.get("dataservice"))
        services += found.values()
        bronnen = [
            {"soort": soort, "service": service["identifier"]}
            for soort, service in found.items()
        ]
        config |= {"nhr_mutatieservice": KVK, "nhr_bronnen": bronnen}
    if "rollen" in systems:
        *roots, secret = systems["rollen"]
        for kind, label, root in zip(KINDS, LABELS, roots, strict=True):
            services.append(_zgw(slug_of(kind), label, root, secret))
            config[kind.name] = [slug_of(kind)]
    return {"klanten_services": {"services": services}, "klanten_config": config}


def applications(secrets: Mapping[str, tuple[str, Sequence[str]]]) -> Fields:
    """Return the section with applications: a secret and scopes for each client ID."""
    rows = [
        {"client_id": client_id, "secret": secret, "scopes": list(scopes)}
        for client_id, (secret, scopes) in secrets.items()
    ]
    return {"klanten_applicaties": {"applicaties": rows}}


def slug_of(kind: Kind) -> str:
    """Return the identifier of the service of an API that owns relations."""
    return f"demo-{kind.name}"


def save_certificates(folder: Path) -> None:
    """Save the pair of the client and the authority of the server, once made there."""
    made = make_certificates(folder)
    pair = made.certificate("client"), made.key("client")
    _save_certificate(CLIENT_CERTIFICATE, *pair)
    _save_certificate(SERVER_CERTIFICATE, made.authority)


def _zgw(slug: str, label: str, root: str, secret: str) -> Fields:
    return {
        "identifier": slug,
        "label": label,
        "api_root": root,
        "auth_type": "zgw" if secret else "no_auth",
        "client_id": CLIENT_ID,
        "secret": secret,
    }


def _registers(
    register: str, key: str, dataservice: Sequence[str] | None
) -> dict[str, Fields]:
    """Return the services of the sources by kind, the most trusted one first.

    KVK's REST APIs have names and addresses, the others contact details.
    """
    with_key = {"auth_type": "api_key", "header_key": "apikey", "header_value": key}
    root = register.rstrip("/")
    found: dict[str, Fields] = {
        "kvk": {
            "identifier": KVK,
            "label": "KVK",
            "api_root": f"{root}/api/",
            **with_key,
        }
    }
    if dataservice:
        found["dataservice"] = {
            "identifier": "dataservice",
            "label": "KVK Dataservice",
            "api_root": dataservice[0],
            "auth_type": "no_auth",
            "client_certificate": CLIENT_CERTIFICATE,
            "server_certificate": SERVER_CERTIFICATE,
        }
    found["haal_centraal"] = {
        "identifier": "hr",
        "label": "HR-bevragen",
        "api_root": f"{root}/bevragen/v1/",
        **with_key,
    }
    return found


def _save_certificate(label: str, public: Path, private: Path | None = None) -> None:
    """Save the certificate under this label, unless it is the same."""
    content = public.read_bytes()
    known = Certificate.objects.filter(label=label).first() or Certificate(label=label)
    if _is_saved(known, content):
        return
    known.type = CertificateTypes.key_pair if private else CertificateTypes.cert_only
    known.public_certificate = ContentFile(content, name=public.name)
    if private:
        known.private_key = ContentFile(private.read_bytes(), name=private.name)
    known.save()


def _is_saved(known: Certificate, content: bytes) -> bool:
    try:
        with known.public_certificate.open("rb") as stream:
            saved: bytes = stream.read()
    except (OSError, ValueError):  # its file was deleted, or never saved
        return False
    return saved == content
