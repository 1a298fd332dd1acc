"""The certificates of a Service: signing credentials and expiry dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from zgw_consumers.models import Service

from ....conf import settings
from ....exceptions import ConfigurationError

WARN_BEFORE = timedelta(days=30)
"""Time before its expiry from which a certificate gives a warning."""

SHORTEST_KEY = 2048
"""Minimum bits of an RSA key at KVK."""

NO_CERTIFICATE = gettext_lazy(
    "De service {service} heeft geen clientcertificaat met private sleutel: kies er een."
)
UNREADABLE = gettext_lazy(
    "Het clientcertificaat van de service {service} of zijn sleutel is niet te lezen."
)
NOT_RSA = gettext_lazy(
    "De sleutel van het clientcertificaat van de service {service} is geen RSA-sleutel "
    "van ten minste 2048 bits."
)
NOT_A_PAIR = gettext_lazy(
    "De private sleutel hoort niet bij het clientcertificaat van de service {service}."
)
NOT_VALID_NOW = gettext_lazy(
    "Het clientcertificaat van de service {service} is nu niet geldig."
)
NO_TRUST = gettext_lazy(
    "KLANTEN_NHR_DATASERVICE_CERTIFICATES is niet te lezen als PEM-bestand."
)


@dataclass(frozen=True)
class Credentials:
    """The certificate and key to sign messages with."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)


@dataclass(frozen=True)
class Expiry:
    """A certificate of a Service, and its expiry date."""

    what: str
    ends: datetime

    @property
    def days(self) -> int:
        """The remaining whole days, negative after expiry."""
        return (self.ends - datetime.now(UTC)).days

    @property
    def is_near(self) -> bool:
        """Whether it must be renewed."""
        return self.ends - datetime.now(UTC) < WARN_BEFORE


def credentials_of(service: Service) -> Credentials:
    """Return the client certificate of the Service, and its key.

    Raises :class:`ConfigurationError` if there is none that KVK accepts.
    """
    chosen = service.client_certificate
    if chosen is None or not chosen.private_key:
        raise ConfigurationError(NO_CERTIFICATE.format(service=service.label))
    try:
        certificate, key = _load(
            _content(chosen.public_certificate), _content(chosen.private_key)
        )
    except (OSError, ValueError, TypeError) as error:
        message = UNREADABLE.format(service=service.label)
        raise ConfigurationError(message) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < SHORTEST_KEY:
        raise ConfigurationError(NOT_RSA.format(service=service.label))
    if certificate.public_key() != key.public_key():
        raise ConfigurationError(NOT_A_PAIR.format(service=service.label))
    if not is_valid_now(certificate):
        raise ConfigurationError(NOT_VALID_NOW.format(service=service.label))
    return Credentials(certificate, key)


@lru_cache(maxsize=8)
def _load(certificate: bytes, key: bytes) -> tuple[x509.Certificate, object]:
    # loading a key verifies it, which takes longer than signing
    loaded = load_pem_private_key(key, password=None)
    return x509.load_pem_x509_certificate(certificate), loaded


def is_valid_now(certificate: x509.Certificate) -> bool:
    """Whether the current time is within the validity period."""
    now = datetime.now(UTC)
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def expiries(service: Service) -> Iterator[Expiry]:
    """Yield the expiry of the readable certificates of the Service."""
    for what, chosen in (
        (_("clientcertificaat"), service.client_certificate),
        (_("servercertificaat"), service.server_certificate),
    ):
        if chosen is None:
            continue
        try:
            found = x509.load_pem_x509_certificates(_content(chosen.public_certificate))
        except (OSError, ValueError):
            continue
        yield Expiry(what, min(one.not_valid_after_utc for one in found))


def trusted_certificates() -> tuple[x509.Certificate, ...]:
    """Return the accepted signing certificates and issuers of responses.

    Empty if none are configured. Raises :class:`ConfigurationError`.
    """
    path = settings.NHR_DATASERVICE_CERTIFICATES
    if not path:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        raise ConfigurationError(NO_TRUST) from error


def expiry_of_trusted() -> Expiry | None:
    """Return the earliest expiry of those, or ``None`` without readable ones."""
    try:
        trusted = trusted_certificates()
    except ConfigurationError:
        return None
    ends = (one.not_valid_after_utc for one in trusted)
    first = min(ends, default=None)
    what = _("certificaat in KLANTEN_NHR_DATASERVICE_CERTIFICATES")
    return Expiry(what, first) if first else None


def _content(file: Any) -> bytes:  # Any: a FieldFile of the host's storage
    with file.open("rb") as stream:
        content: bytes = stream.read()
    return content
