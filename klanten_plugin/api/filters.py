"""The 19 filters of the official document."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict

from django_filters import rest_framework as django_filters
from django_filters.utils import translate_validation

from ..constants import KlantType
from ..domain.klanten.pages import Lookups
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
"""The query parameters of the official document, each with its lookup."""

SPELLINGS = {field_name(parameter): parameter for parameter in PARAMETERS}
"""The parameters by their snake_case name, which consumers use as well."""


class UrlFilter(django_filters.CharFilter):
    """A URL, compared as text."""


def filtered_field(lookup: str) -> models.Field[Any, Any]:
    """Return the model field at the end of ``lookup``."""
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


FILTERS = {name: _filter(name, lookup) for name, lookup in PARAMETERS.items()}
"""A form of all filters costs more than a page of klanten, so requests only use the
fields of these."""


def requested_lookups(parameters: QueryDict) -> Lookups:
    """Return the required values, from the last value of each parameter.

    Every value is parsed and validated by the field of its filter, without building the
    form. Raises ``ValidationError``.
    """
    names = {key: field_name(key) for key in parameters}
    values = {
        SPELLINGS[names[key]]: value
        for key, value in parameters.items()
        if names[key] in SPELLINGS
    }
    lookups, errors = {}, ErrorDict()
    for parameter, value in values.items():
        try:
            cleaned = FILTERS[parameter].field.clean(value)
        except ValidationError as error:
            errors[parameter] = ErrorList(error.error_list)
        else:
            lookups[PARAMETERS[parameter]] = cleaned
    if errors:
        raise translate_validation(errors)
    return {name: value for name, value in lookups.items() if value != ""}
