"""The 19 filters of the official document."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict

from django_filters import rest_framework as django_filters
from django_filters.utils import translate_validation

from ..constants import KlantType
from ..domain.klanten.bitmaps import LOOKUPS, Lookups, field_of
from ..domain.klanten.representation import api_name
from ..models.validators import valid_rsin
from .parsers import field_name

UNUSUAL = {
    "adres__woonplaatsnaam": "adres__woonplaatsNaam",
    "subject_natuurlijk_persoon__inp_a_nummer": "subjectNatuurlijkPersoon__inpA_nummer",
}
"""Lookups whose parameter has its own spelling in the official document."""


def _parameter(lookup: str) -> str:
    names = map(api_name, lookup.split("__"))
    return UNUSUAL.get(lookup) or "__".join(names)


PARAMETERS = {_parameter(lookup): lookup for lookup in LOOKUPS}
"""The query parameters of the official document, each with its lookup."""

SPELLINGS = {field_name(parameter): parameter for parameter in PARAMETERS}
"""The parameters by their snake_case name, which consumers use as well."""


class UrlFilter(django_filters.CharFilter):
    """A URL, compared as text."""


def _filter(parameter: str, lookup: str) -> django_filters.Filter:
    options = {"field_name": lookup, "help_text": field_of(lookup).help_text}
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
