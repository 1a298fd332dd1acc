"""Certificates and packages of KVK Dataservice, and certificates that expire soon."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage
from django.utils.translation import gettext as _

from zgw_consumers.models import Service

from ..clients.nhr.dataservice.certificates import (
    Expiry,
    credentials_of,
    expiries,
    expiry_of_trusted,
    trusted_certificates,
)
from ..clients.nhr.dataservice.packages import missing_packages
from ..exceptions import ConfigurationError
from ..models import NhrBron
from .messages import database_check, found
from .services import chosen_services


@database_check
def check_dataservice() -> Iterator[CheckMessage]:
    """Check that a source of KVK Dataservice has its packages and certificates."""
    bronnen = NhrBron.objects.active().filter(soort=NhrBron.Soort.DATASERVICE)
    services = [bron.service for bron in bronnen if bron.service]
    missing = missing_packages() if services else []
    if missing:
        yield found("W040", missing=", ".join(missing))
    yield from _credentials(services)


def _credentials(services: list[Service]) -> Iterator[CheckMessage]:
    for service in services:
        try:
            credentials_of(service)
            trusted_certificates()
        except ConfigurationError as error:
            yield found("W041", problem=error)


@database_check
def check_expiry() -> Iterator[CheckMessage]:
    """Check that no certificate of a configured service expires within a month."""
    for service in chosen_services():
        for expiry in expiries(service):
            if expiry.is_near:
                what = _("{what} van de service {service}").format(
                    what=expiry.what, service=service.label
                )
                yield _about_to_end(what, expiry)
    trusted = expiry_of_trusted()
    if trusted is not None and trusted.is_near:
        yield _about_to_end(trusted.what, trusted)


def _about_to_end(what: str, expiry: Expiry) -> CheckMessage:
    when = f"{expiry.ends:%Y-%m-%d}"
    if expiry.days < 0:
        text = _("Het {what} is op {when} verlopen.").format(what=what, when=when)
    else:
        text = _("Het {what} verloopt op {when}, over {days} dagen.").format(
            what=what, when=when, days=expiry.days
        )
    return found("W042", ending=text)
