"""The Services whose credentials can be used to fetch a ``subject``.

Consumers choose the URL of a ``subject``. With the credentials of any registered
Service they could spend the KVK budget, or learn what another register has. Only
Services that are configured for subjects are used, except those whose root overlaps
with a Service for the NHR or notifications.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from urllib3.util import parse_url
from zgw_consumers.models import Service

from ...exceptions import AccessRefused, TemporaryRemoteError
from ...models import KlantenConfig, NhrBron
from ...models.notificaties import notifications_service
from ..http.answers import PASSING, AnswerTable, Meaning, Rule
from ..http.exchange import exchange

ROOT = AnswerTable(
    (
        Rule(
            AccessRefused,
            {401, 403, 407},
            says=gettext_lazy("{answer}. Controleer de inloggegevens."),
        ),
        Rule(TemporaryRemoteError, PASSING),
        # an API may have no resource at its root
        Rule(Meaning.OK),
    )
)
"""Interprets the response to a GET of the API root."""


def service_for(url: str) -> Service | None:
    """Return the configured Service with the longest root that covers this URL."""
    covering = [
        service for service in named_services() if url.startswith(root_of(service))
    ]
    refused = {service.pk for service in serving_others(covering)}
    usable = [service for service in covering if service.pk not in refused]
    return max(usable, key=lambda service: len(service.api_root), default=None)


def named_services() -> list[Service]:
    """Return the Services that are configured for subjects."""
    chosen = KlantenConfig.subject_services.through._default_manager
    return list(Service.objects.filter(pk__in=chosen.values("service_id")))


def serving_others(services: Iterable[Service]) -> list[Service]:
    """Return the Services whose root overlaps with one for the NHR or notifications."""
    services = list(services)
    roots = _roots_of_others() if services else []
    return [
        service
        for service in services
        if any(_overlap(root_of(service), root) for root in roots)
    ]


def _roots_of_others() -> list[str]:
    sources = NhrBron.objects.exclude(service=None).select_related("service")
    found = [source.service for source in sources]
    config = KlantenConfig.objects.select_related("nhr_mutatieservice").first()
    found.append(config.nhr_mutatieservice if config else None)
    found.append(notifications_service())
    return [root_of(service) for service in found if service is not None]


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def root_of(service: Service) -> str:
    """Return the normalised API root, with scheme and host in lower case."""
    return str(parse_url(service.api_root).url)


def probe_service(service: Service) -> None:
    """Fetch the API root. Raises a ``RemoteError`` if access is refused."""
    ROOT.read(exchange(service, "GET", ""), service.label)
