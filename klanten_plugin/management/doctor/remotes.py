"""Probes of the configured remote systems."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from uuid import uuid4

from django.utils.translation import gettext as _, gettext_lazy

from zgw_consumers.models import Service

from ...clients.klanten.subject_services import (
    named_services,
    probe_service,
    serving_others,
)
from ...clients.nhr.limiter import can_count
from ...clients.nhr.mutatieservice import active_abonnementen
from ...clients.nhr.sources import make_source, probe
from ...clients.notificaties.subscriptions import notificaties_client
from ...clients.rollen.lists import RollenClient
from ...conf import host_settings
from ...constants import RollenBeleid, RolSoort
from ...exceptions import ConfigurationError
from ...models import KlantenConfig, NhrBron, RolBron
from ...models.notificaties import notifications_are_installed
from ...sync.notificaties import KANAAL
from ...sync.rollen.subscription import status
from ..commands.klanten_abonnement import own_callback_url
from .findings import Finding, good, guarded, skipped, wrong

NOT_USED = gettext_lazy("niet in gebruik")


def _hurried(service: Service, timeout: float) -> Service:
    """Shorten the timeout of the service, without saving it."""
    service.timeout = min(service.timeout, timeout)
    return service


def notificaties(timeout: float) -> Iterator[Finding]:
    """Check whether the Notificaties API responds, and has the kanaal."""
    if not notifications_are_installed() or host_settings.NOTIFICATIONS_DISABLED:
        yield skipped(_("de host heeft ze niet, of NOTIFICATIONS_DISABLED staat aan"))
        return
    client = notificaties_client()
    service = _hurried(client.service, timeout)
    if client.has_kanaal(KANAAL):
        text = _("{service} kent kanaal {kanaal}")
        yield good(text.format(service=service.label, kanaal=KANAAL))
    else:
        yield wrong("D013", service=service.label, kanaal=KANAAL)


def abonnement(timeout: float) -> Iterator[Finding]:
    """Check the subscription to notifications about roles."""
    config = KlantenConfig.get_solo()
    if not any(config.rollen_services().values()):
        yield skipped(NOT_USED)
        return
    url = own_callback_url()
    client = notificaties_client()
    _hurried(client.service, timeout)
    if status(url, client).is_right:
        yield good(_("er wordt gemeld aan {url}").format(url=url))
    else:
        yield wrong("D014")


def rollen(timeout: float) -> Iterator[Finding]:
    """Check whether each service with roles returns a page of them."""
    for soort, services in KlantenConfig.get_solo().rollen_services().items():
        if not services:
            yield skipped(NOT_USED, soort.value)
        for service in services:
            probe_rollen = partial(_of_service, soort, _hurried(service, timeout))
            yield from guarded(soort.value, probe_rollen)


def _of_service(soort: RolSoort, service: Service) -> Iterator[Finding]:
    bron = RolBron.objects.filter(service=service, soort=soort).first()
    asked = bron or RolBron(soort=soort)
    asked.service = service  # with its shorter timeout
    client = RollenClient(asked)
    page = client.read_page(1)
    count = page.count if page else 0
    text = _("{service}: {count} relaties")
    yield good(text.format(service=service.label, count=count))
    if KlantenConfig.get_solo().rollen_beleid == RollenBeleid.REMOVE:
        yield from _may_delete(client, soort)
    roots = ", ".join(str(root) for root in bron.unknown_roots.all()) if bron else ""
    if roots:
        yield wrong("D015", service=service.label, roots=roots)


def _may_delete(client: RollenClient, soort: RolSoort) -> Iterator[Finding]:
    """Test the scope to delete with a relation that doesn't exist."""
    label = client.service.label
    try:
        client.delete_relatie(f"{client.urls.collection}/{uuid4()}", "klanten_doctor")
    except ConfigurationError:
        yield wrong("D016", service=label, soort=soort.value)
    else:
        yield good(_("{label}: relaties verwijderen mag").format(label=label))


def subjects(timeout: float) -> Iterator[Finding]:
    """Check access to each service that is configured for subjects."""
    services = named_services()
    if not services:
        yield skipped(NOT_USED)
    refused = {service.pk for service in serving_others(services)}
    for service in services:
        if service.pk in refused:
            yield skipped(_("zie klanten_plugin.W018"))
        else:
            yield from guarded("", partial(_lets_us_in, _hurried(service, timeout)))


def _lets_us_in(service: Service) -> Iterator[Finding]:
    probe_service(service)
    yield good(_("{service} antwoordt").format(service=service.label))


def limiter() -> Iterator[Finding]:
    """Check whether requests to KVK can be counted."""
    if not NhrBron.objects.active().exists():
        yield skipped(NOT_USED)
    elif can_count():
        yield good(_("antwoordt"))
    else:
        yield wrong("D017")


def nhr(timeout: float) -> Iterator[Finding]:
    """Check whether each source responds, with free requests only."""
    config = KlantenConfig.get_solo()
    bronnen = NhrBron.objects.active()
    for bron in bronnen.filter(failing_since__isnull=False):
        yield wrong(
            "D018",
            f"NHR: stand {bron.soort}",
            since=bron.failing_since,
            error=bron.last_error,
        )
    if not bronnen:
        yield skipped(NOT_USED)
    for bron in bronnen:
        yield from guarded(f"NHR: {bron.soort}", partial(_of_source, bron, timeout))
    if config.nhr_mutatieservice:
        service = _hurried(config.nhr_mutatieservice, timeout)
        probe_signals = partial(_signals, service, config.nhr_abonnement)
        yield from guarded("NHR: signalen", probe_signals)


def _of_source(bron: NhrBron, timeout: float) -> Iterator[Finding]:
    if bron.service:
        _hurried(bron.service, timeout)
    yield good(probe(make_source(bron)))


def _signals(service: Service, chosen: str) -> Iterator[Finding]:
    active = active_abonnementen(service)
    if chosen in active or (not chosen and len(active) == 1):
        yield good(_("abonnement {value}").format(value=chosen or active[0]))
    else:
        yield wrong("D019", count=len(active))
