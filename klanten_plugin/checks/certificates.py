"""Certificates and packages of KVK Dataservice, and certificates that are about to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import (
    CheckMessage,
    Tags,
    Warning as CheckWarning,
    register,
)
from django.utils.translation import gettext as _

from zgw_consumers.models import Service

from ..clients.nhr.dataservice.certificates import (
    Expiry,
    credentials_of,
    expiries,
    expiry_of_trusted,
    trusted_certificates,
)
from ..clients.nhr.dataservice.packages import MISSING, missing_packages
from ..exceptions import ConfigurationError
from ..models import NhrBron
from .database import is_migrated
from .operation import chosen_services

INSTALL = "pip install 'klanten-plugin[dataservice]'"


@register(Tags.database)
def check_dataservice(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A source of KVK Dataservice has its packages and its certificates."""
    if not databases or not is_migrated(NhrBron) or not is_migrated(Service):
        return []
    bronnen = NhrBron.objects.active().filter(soort=NhrBron.Soort.DATASERVICE)
    services = [bron.service for bron in bronnen if bron.service]
    return [*_packages(services), *_credentials(services)]


def _packages(services: list[Service]) -> Iterator[CheckMessage]:
    missing = missing_packages() if services else []
    if missing:
        yield CheckWarning(
            MISSING.format(missing=", ".join(missing)),
            hint=_(
                "Draai `{install}` in de omgeving van de webserver en de workers."
            ).format(install=INSTALL),
            id="klanten_plugin.W040",
        )


def _credentials(services: list[Service]) -> Iterator[CheckMessage]:
    for service in services:
        try:
            credentials_of(service)
            trusted_certificates()
        except ConfigurationError as error:
            yield CheckWarning(
                str(error),
                hint=_(
                    "Kies bij de service een clientcertificaat met private sleutel: "
                    "zie docs/nhr.md."
                ),
                id="klanten_plugin.W041",
            )


@register(Tags.database)
def check_expiry(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """No certificate of a chosen service ends within a month."""
    if not databases or not is_migrated(NhrBron) or not is_migrated(Service):
        return []
    messages = [
        _about_to_end(
            _("{what} van de service {service}").format(
                what=expiry.what, service=service.label
            ),
            expiry,
        )
        for service in chosen_services()
        for expiry in expiries(service)
        if expiry.is_near
    ]
    trusted = expiry_of_trusted()
    if trusted is not None and trusted.is_near:
        messages.append(_about_to_end(trusted.what, trusted))
    return messages


def _about_to_end(what: str, expiry: Expiry) -> CheckMessage:
    when = f"{expiry.ends:%Y-%m-%d}"
    days = expiry.days
    text = (
        _("Het {what} verloopt op {when}, over {days} dagen.").format(
            what=what, when=when, days=days
        )
        if days >= 0
        else _("Het {what} is op {when} verlopen.").format(what=what, when=when)
    )
    return CheckWarning(
        text,
        hint=_(
            "Vraag op tijd een nieuw certificaat aan, en zet het bij de service in de "
            "admin."
        ),
        id="klanten_plugin.W042",
    )
