"""The 19 filters of the official document, spelled as it spells them."""

from __future__ import annotations

from typing import Any

from django.core.validators import URLValidator
from django.db import models
from django.db.models import QuerySet

from django_filters import rest_framework as django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request
from rest_framework.views import APIView

from ..constants import KlantType
from ..models import Klant
from ..models.validators import valid_rsin
from .parsers import field_name

PARAMETERS = {
    "bronorganisatie": "bronorganisatie",
    "klantnummer": "klantnummer",
    "bedrijfsnaam": "bedrijfsnaam",
    "functie": "functie",
    "achternaam": "achternaam",
    "telefoonnummer": "telefoonnummer",
    "emailadres": "emailadres",
    "adres__straatnaam": "adres__straatnaam",
    "adres__postcode": "adres__postcode",
    "adres__woonplaatsNaam": "adres__woonplaatsnaam",
    "adres__landcode": "adres__landcode",
    "subject": "subject",
    "subjectType": "subject_type",
    "subjectNatuurlijkPersoon__inpBsn": "subject_natuurlijk_persoon__inp_bsn",
    "subjectNatuurlijkPersoon__anpIdentificatie": (
        "subject_natuurlijk_persoon__anp_identificatie"
    ),
    "subjectNatuurlijkPersoon__inpA_nummer": "subject_natuurlijk_persoon__inp_a_nummer",
    "subjectNietNatuurlijkPersoon__innNnpId": (
        "subject_niet_natuurlijk_persoon__inn_nnp_id"
    ),
    "subjectNietNatuurlijkPersoon__annIdentificatie": (
        "subject_niet_natuurlijk_persoon__ann_identificatie"
    ),
    "subjectVestiging__vestigingsNummer": "subject_vestiging__vestigings_nummer",
}
"""The official document's query parameters, each with the lookup that it means."""

SPELLINGS = {field_name(parameter): parameter for parameter in PARAMETERS}
"""Parameters by their snake_case name: consumers also write them so."""


@extend_schema_field(OpenApiTypes.URI)
class UrlFilter(django_filters.CharFilter):
    """A URL, compared as text."""


def filtered_field(lookup: str) -> models.Field[Any, Any]:
    """The model field at the end of ``lookup``."""
    model: Any = Klant
    *relations, name = lookup.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    field: models.Field[Any, Any] = model._meta.get_field(name)
    return field


def _filter(parameter: str, lookup: str) -> django_filters.Filter:
    options = {"field_name": lookup, "help_text": filtered_field(lookup).help_text}
    if parameter == "subjectType":
        return django_filters.ChoiceFilter(choices=KlantType.choices, **options)
    if parameter == "subject":
        return UrlFilter(validators=[URLValidator()], **options)
    validators = [valid_rsin] if parameter == "bronorganisatie" else []
    return django_filters.CharFilter(validators=validators, **options)


KlantFilterSet = type(
    "KlantFilterSet",
    (django_filters.FilterSet,),
    {
        "__doc__": "Exact and case-sensitive; together they narrow, empty ones are ignored.",
        **{name: _filter(name, lookup) for name, lookup in PARAMETERS.items()},
    },
)


class KlantenFilterBackend(django_filters.DjangoFilterBackend):
    """Apply the view's filters to the parameters, in whichever spelling they came."""

    def get_filterset_kwargs(
        self, request: Request, queryset: QuerySet[Klant], view: APIView
    ) -> dict[str, Any]:
        """The last value of each parameter that there is a filter for."""
        options: dict[str, Any] = super().get_filterset_kwargs(request, queryset, view)
        options["data"] = {
            SPELLINGS[field_name(key)]: value
            for key, value in request.query_params.items()
            if field_name(key) in SPELLINGS
        }
        return options
