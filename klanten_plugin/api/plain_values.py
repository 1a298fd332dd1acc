"""Accept plainly valid values without the machinery of serializers.

For an import of many objects with mostly short texts that machinery takes longer than
everything else. The rules are those of the fields of the serializer. What isn't plainly
valid is left to the serializer, which decides and reports the errors. A property-based
test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from django.core.validators import (
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
)

from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from .serializers import GroupSerializer

Check = Callable[[Any], Any]
"""Returns the validated value, or raises :class:`NotPlain`."""

REMEMBERED = 1000
"""Number of accepted texts that are remembered per field with a validator of its own,
such as that of ``bronorganisatie``: many klanten share them."""

OF_TEXT = {
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
    ProhibitSurrogateCharactersValidator,
}
"""The validators of every text, which a short printable one satisfies."""


class NotPlain(Exception):
    """The serializer must decide."""


def plain_reader(
    serializer: serializers.Serializer, checks: Mapping[str, Check] | None = None
) -> Check:
    """Return a function that does what ``run_validation`` of the serializer does.

    ``checks`` replaces those of single fields.
    """
    fields = dict(serializer.fields)
    found = [(n, (checks or {}).get(n) or _check(f)) for n, f in fields.items()]
    required = {name for name, field in fields.items() if field.required}

    def read(data: Any) -> dict[str, Any]:
        if type(data) is not dict or not required <= data.keys():
            raise NotPlain
        return {name: check(data[name]) for name, check in found if name in data}

    return read


def _check(field: Any) -> Check:
    if isinstance(field, GroupSerializer):
        return _optional(field, plain_reader(field))
    if isinstance(field, serializers.CharField):
        empty = field.allow_blank
        return _text(field) if _is_plain(field) else _remembering(field, empty=empty)
    if isinstance(field, serializers.ChoiceField):
        return _remembering(field, empty=False)
    return _by_field(field)


def _is_plain(field: serializers.CharField) -> bool:
    """Whether the only rules of the field are those of every text."""
    is_text = type(field) is serializers.CharField and field.trim_whitespace
    return is_text and {type(each) for each in field.validators} <= OF_TEXT


def _optional(field: Any, check: Check) -> Check:
    def read(value: Any) -> Any:
        if value is None and field.allow_null:
            return None
        return check(value)

    return read


def _text(field: serializers.CharField) -> Check:
    most, may_be_empty = field.max_length or 0, field.allow_blank

    def read(value: Any) -> str:
        if type(value) is not str:
            raise NotPlain
        text = value.strip()
        # no control characters or surrogates; line breaks are left to the serializer
        if len(text) > most or not text.isprintable() or not (text or may_be_empty):
            raise NotPlain
        return text

    return read


def _remembering(field: Any, *, empty: bool) -> Check:
    check = _by_field(field)
    remembered = lru_cache(maxsize=REMEMBERED)(check)

    def read(value: Any) -> Any:
        if type(value) is not str:  # 1 and true are the same key
            return check(value)
        return value if empty and not value else remembered(value)

    return read


def _by_field(field: Any) -> Check:
    def read(value: Any) -> Any:
        try:
            return field.run_validation(value)
        except (serializers.ValidationError, serializers.SkipField) as error:
            raise NotPlain from error

    return read
