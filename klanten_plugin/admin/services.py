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
CITIZENS = ("contactmomenten_services", "verzoeken_services", "subject_services")
"""The fields for services with data of citizens."""


def fitting_services(field: str) -> QuerySet[Service]:
    """Return the services to choose from, including those already configured.

    Services for the NHR aren't offered for roles and subjects, and vice versa. The
    service for notifications is never offered.
    """
    services = Service.objects.all()
    if types := API_TYPES.get(field):
        services = services.filter(api_type__in=types)
    others = _chosen(*(CITIZENS if field in NHR else NHR))
    if notifications := notifications_service():
        others.add(notifications.pk)
    chosen = _chosen(field)
    fitting: QuerySet[Service] = Service.objects.filter(
        Q(pk__in=chosen) | Q(pk__in=services.exclude(pk__in=others).values("pk"))
    )
    return fitting.order_by("label")


def _chosen(*fields: str) -> set[Any]:
    """Return the primary keys of the configured services of these fields."""
    chosen: set[Any] = set()
    for field in fields:
        owner = NhrBron if field == "service" else KlantenConfig
        chosen.update(owner._default_manager.values_list(field, flat=True))
    return chosen - {None}
