"""The suitable services for each field of the configuration."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from zgw_consumers.models import Service

from ..models import KlantenConfig, NhrBron
from ..models.notificaties import notifications_service

GENERAL = "orc"
"""The type of services without a specific type, such as those of KVK."""

API_TYPES = {
    "contactmomenten_services": ("cmc", GENERAL),
    "verzoeken_services": ("vrc", GENERAL),
    "nhr_mutatieservice": (GENERAL,),
    "service": (GENERAL,),
}
"""The types of API by field; ``service`` is the field of a source of the NHR."""

NHR = ("nhr_mutatieservice", "service")


def fitting_services(field: str) -> QuerySet[Service]:
    """Return the services to choose from, including those already configured.

    Services for the NHR aren't offered for roles and subjects, and vice versa. The
    service for notifications is never offered.
    """
    services = Service.objects.order_by("label")
    if types := API_TYPES.get(field):
        services = services.filter(api_type__in=types)
    others = _of_citizens() if field in NHR else _of_nhr()
    if notifications := notifications_service():
        others.add(notifications.pk)
    chosen = _chosen(field)
    fitting: QuerySet[Service] = Service.objects.filter(
        Q(pk__in=chosen) | Q(pk__in=services.exclude(pk__in=others).values("pk"))
    )
    return fitting.order_by("label")


def _chosen(field: str) -> set[Any]:
    """Return the primary keys of the configured services of the field."""
    if field == "service":
        return set(NhrBron.objects.values_list("service_id", flat=True)) - {None}
    return set(KlantenConfig.objects.values_list(field, flat=True)) - {None}


def _of_nhr() -> set[Any]:
    return _chosen("service") | _chosen("nhr_mutatieservice")


def _of_citizens() -> set[Any]:
    names = ("contactmomenten_services", "verzoeken_services", "subject_services")
    return set[Any]().union(*map(_chosen, names))
