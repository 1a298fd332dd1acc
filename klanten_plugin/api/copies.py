"""Parse and validate klanten from another Klanten API.

The rules are those for a request, except that different notations for empty values are
accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.db import models

from rest_framework import serializers
from rest_framework.settings import api_settings

from ..domain.klanten.comparison import EMPTY, SUBJECT
from ..domain.klanten.representation import api_name
from ..domain.klanten.write import check_subject
from ..exceptions import NotTaken, RuleViolation
from ..models import SUBJECTS, Klant, KlantAdres, SubVerblijfBuitenland, VerblijfsAdres
from ..models.groups import value_fields
from .parsers import field_name
from .plain_values import NotPlain, plain_reader
from .serializers import HostKlantSerializer, serializer_for

MAX_DEPTH = 8
"""Levels of objects and lists; the document has four."""

GROUPS_WITH_REQUIRED = {
    "verblijfsadres": VerblijfsAdres,
    "sub_verblijf_buitenland": SubVerblijfBuitenland,
}
"""Groups with required fields, which can't be stored empty."""

TEXTS = frozenset(
    field.name
    for model in (Klant, KlantAdres, *SUBJECTS.values(), *GROUPS_WITH_REQUIRED.values())
    for field in value_fields(model)
    if isinstance(field, models.CharField)
)
"""Fields whose empty value is "" or a list, not ``null``."""

WHOLE = api_name(api_settings.NON_FIELD_ERRORS_KEY)
"""The field name for errors of the klant as a whole."""

spelled = lru_cache(maxsize=1000)(field_name)


class CopySerializer(HostKlantSerializer):
    """Validates an existing klant, which must have a klantnummer.

    The existence of its ``subject`` isn't checked: the other API did that when the
    klant was created, and the klant exists whatever happened to the subject since.
    """

    class Meta(HostKlantSerializer.Meta):
        extra_kwargs = {"subject": {"validators": []}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the subject before saving, because a batch is saved atomically.

        For a request the domain checks it.
        """
        check_subject(self.instance, attrs)
        return attrs


class KlantReader:
    """Parses many klanten with one serializer, whose creation is expensive."""

    def __init__(self) -> None:
        self._serializer = CopySerializer(data={})
        self._subjects = {
            kind.value: plain_reader(serializer_for(model)())
            for kind, model in SUBJECTS.items()
        }
        # the kind of the subject determines its fields
        later = {SUBJECT: lambda value: value}
        self._plain = plain_reader(self._serializer, later)

    def __call__(self, body: Any) -> Mapping[str, Any]:
        """Return the values of the klant. Raises :class:`NotTaken`."""
        if not isinstance(body, dict):
            raise NotTaken([(WHOLE, "invalid")])
        tidied = _without_empty_groups(_tidy(body))
        try:
            return self._read_plain(tidied)
        except (NotPlain, RuleViolation):
            return self._read(tidied)

    def _read_plain(self, tidied: dict[str, Any]) -> Mapping[str, Any]:
        values: dict[str, Any] = self._plain(tidied)
        if SUBJECT in values:
            read = self._subjects.get(values.get("subject_type", ""))
            if read is None:
                raise NotPlain
            values[SUBJECT] = read(values[SUBJECT])
        check_subject(None, values)
        return values

    def _read(self, tidied: dict[str, Any]) -> Mapping[str, Any]:
        self._serializer.initial_data = tidied
        try:
            values: Mapping[str, Any] = self._serializer.run_validation(tidied)
        except serializers.ValidationError as error:
            raise NotTaken(list(_faults(error.detail))) from error
        except RuleViolation as error:
            raise NotTaken([(api_name(error.field or WHOLE), error.code)]) from error
        return values


def _tidy(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return ``value`` with snake_case keys, and a single notation for empty values."""
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
    subject = body.get(SUBJECT)
    if isinstance(subject, dict):
        for name, model in GROUPS_WITH_REQUIRED.items():
            group = subject.get(name)
            if isinstance(group, dict) and all(
                group.get(field.name) in EMPTY for field in value_fields(model)
            ):
                del subject[name]
    return body


def _faults(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield pairs of a field and an error code, without values."""
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
