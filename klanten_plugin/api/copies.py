"""Understand and check a klant as another Klanten API gives it.

The rules are those for a request. What is read more generously are the ways in which
implementations say that something isn't there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from django.db import models

from rest_framework import serializers
from rest_framework.settings import api_settings

from ..domain.klanten.representation import api_name
from ..domain.klanten.write import check_subject
from ..exceptions import NotTaken, RuleViolation
from ..models import SUBJECTS, Klant, KlantAdres, SubVerblijfBuitenland, VerblijfsAdres
from ..models.groups import value_fields
from .parsers import field_name
from .serializers import HostKlantSerializer

MAX_DEPTH = 8
"""Levels of objects and lists; the document has four."""

EMPTY: tuple[object, ...] = (None, "", [])
GROUPS_WITH_REQUIRED = {
    "verblijfsadres": VerblijfsAdres,
    "sub_verblijf_buitenland": SubVerblijfBuitenland,
}
"""Groups that ask for some of their fields, so that empty ones can't be stored."""

TEXTS = frozenset(
    field.name
    for model in (Klant, KlantAdres, *SUBJECTS.values(), *GROUPS_WITH_REQUIRED.values())
    for field in value_fields(model)
    if isinstance(field, models.CharField)
)
"""Fields that are empty, not ``null``, where there is nothing."""

WHOLE = api_name(api_settings.NON_FIELD_ERRORS_KEY)
"""Where a fault of the klant as a whole is."""

spelled = lru_cache(maxsize=1000)(field_name)


class CopySerializer(HostKlantSerializer):
    """Checks a klant that exists already: it has a klantnummer.

    Its ``subject`` isn't asked for. It was, where the klant was made; and whatever
    became of it since, the klant is there.
    """

    class Meta(HostKlantSerializer.Meta):
        extra_kwargs = {"subject": {"validators": []}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the subject here: a batch is written as a whole, or not at all.

        For a request the domain checks it, once.
        """
        check_subject(self.instance, attrs)
        return attrs


class KlantReader:
    """Reads one klant after the other: making a serializer costs more than using it."""

    def __init__(self) -> None:
        self._serializer = CopySerializer(data={})

    def __call__(self, body: Any) -> Mapping[str, Any]:
        """The values of the klant. Raises :class:`NotTaken`."""
        if not isinstance(body, dict):
            raise NotTaken([(WHOLE, "invalid")])
        tidied = _without_empty_groups(_tidy(body))
        self._serializer.initial_data = tidied
        try:
            values: Mapping[str, Any] = self._serializer.run_validation(tidied)
        except serializers.ValidationError as error:
            raise NotTaken(list(_faults(error.detail))) from error
        except RuleViolation as error:
            raise NotTaken([(api_name(error.field or WHOLE), error.code)]) from error
        return values


def _tidy(value: Any, depth: int = MAX_DEPTH) -> Any:
    """``value`` with snake_case keys, and one way to say that something isn't there."""
    if not depth:
        raise NotTaken([(WHOLE, "invalid")])
    if isinstance(value, dict):
        named = {spelled(name): child for name, child in value.items()}
        return {
            name: "" if child is None else _tidy(child, depth - 1)
            for name, child in named.items()
            if child is not None or name in TEXTS
        }
    if isinstance(value, list):
        return [_tidy(child, depth - 1) for child in value if child is not None]
    return value


def _without_empty_groups(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("subject_type") == "":
        del body["subject_type"]
    subject = body.get("subject_identificatie")
    if isinstance(subject, dict):
        for name, model in GROUPS_WITH_REQUIRED.items():
            group = subject.get(name)
            if isinstance(group, dict) and _is_empty(group, _names(model)):
                del subject[name]
    return body


def _is_empty(group: Mapping[str, Any], names: frozenset[str]) -> bool:
    return all(group.get(name) in EMPTY for name in names)


@cache
def _names(model: Any) -> frozenset[str]:
    return frozenset(field.name for field in value_fields(model))


def _faults(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Pairs of a field and a code, without what was wrong with its value."""
    if isinstance(detail, Mapping):
        for name, child in detail.items():
            yield from _faults(
                child, f"{path}.{api_name(str(name))}" if path else api_name(str(name))
            )
    elif isinstance(detail, list):
        for child in detail:
            yield from _faults(child, path)
    else:
        yield path or WHOLE, str(detail.code)
