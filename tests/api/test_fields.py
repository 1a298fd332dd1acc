"""Limits of every field of the document: `null`, length, and forbidden characters.

Forbidden characters are those that PostgreSQL can't store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField

import pytest

from klanten_plugin.models import KlantAdres
from klanten_plugin.models.groups import Group
from tests.api_client import (
    ApiClient,
    codes_by_name,
    faults,
    klant_body,
)
from tests.bodies import KINDS, Path, document_fields, full_body, with_values

VERBLIJFSADRES = "subjectIdentificatie.verblijfsadres"
BUITENLAND = "subjectIdentificatie.subVerblijfBuitenland"

NULLABLE = {
    "adres",
    "adres.huisnummer",
    BUITENLAND,
    VERBLIJFSADRES,
    f"{VERBLIJFSADRES}.aoaHuisnummer",
}
"""`null` removes a group or a number. Other fields have a value, possibly empty."""


def is_text(field: Any) -> bool:
    """Return whether this is a free text field in the document."""
    return isinstance(field, CharField) and not field.choices


def paths(kind: str, *, where: Callable[[Any], bool]) -> list[Path]:
    """Return the fields of the document whose model field satisfies ``where``."""
    return [path for path, field in document_fields(kind) if where(field)]


def is_leaf(field: Any) -> bool:
    """Return whether it isn't a group."""
    return not (isinstance(field, type) and issubclass(field, Group))


@pytest.mark.parametrize("kind", KINDS)
def test_null_where_it_means_nothing(
    answers: Callable[..., list[Any]], kind: str
) -> None:
    refused = {
        path
        for path in paths(kind, where=is_leaf)
        if ".".join(path) not in NULLABLE and path != ("subjectType",)
    }

    for response in answers(
        with_values(full_body(kind), dict.fromkeys(refused)), kind=kind
    ):
        assert faults(response) == {(".".join(path), "null") for path in refused}


@pytest.mark.parametrize("kind", KINDS)
def test_null_where_it_means_none(api: ApiClient, kind: str) -> None:
    allowed = {
        path for path, _field in document_fields(kind) if ".".join(path) in NULLABLE
    }
    assert len(allowed) == {"niet_natuurlijk_persoon": 3}.get(kind, 5)

    for number, path in enumerate(allowed):
        body = full_body(kind, klantnummer=f"{number}")
        url = api.post(body).json()["url"]
        body = with_values(body, {path: None})
        assert api.patch(url, body).json() == {"url": url, **body}
        assert api.put(url, body).json() == {"url": url, **body}
        created = api.post(body | {"klantnummer": f"{number}+"}).json()
        assert created == {**body, "url": created["url"], "klantnummer": f"{number}+"}


@pytest.mark.parametrize("kind", KINDS)
def test_too_long(answers: Callable[..., list[Any]], kind: str) -> None:
    too_long = {
        path: _long(field.max_length + 1, path)
        for path, field in document_fields(kind)
        if is_text(field)
    }

    for response in answers(with_values(full_body(kind), too_long), kind=kind):
        codes = codes_by_name(response)
        assert codes.keys() == {".".join(path) for path in too_long}
        for name, found in codes.items():
            # numbers with an 11-proef have a fixed length
            assert "max_length" in found or found == {"invalid-length"}, name


VALIDATED = {"bronorganisatie", "inpBsn", "inpANummer", "innNnpId", "emailadres"}


@pytest.mark.parametrize("kind", KINDS)
def test_as_long_as_can_be(api: ApiClient, kind: str) -> None:
    longest = {
        path: _long(field.max_length, path)
        for path, field in document_fields(kind)
        if is_text(field) and path[-1] not in VALIDATED and path[-1] != "subject"
    }
    body = with_values(full_body(kind), longest)

    created = api.post(body).json()

    assert created == {"url": created["url"], **body}
    for method in ("PUT", "PATCH"):
        klant = api.post(full_body(kind, klantnummer=method)).json()
        changes = body | {"klantnummer": f"{method:x<8}"}
        answer = api.request(method, klant["url"], changes)
        assert answer.json() == {"url": klant["url"], **changes}


def _long(length: int, path: Path) -> str:
    starts = {"websiteUrl": "https://example.nl/", "subject": "https://example.nl/"}
    start = starts.get(path[-1], "")
    return start + "é" * (length - len(start))


UNSTORABLE = {
    "NUL": ("a\0b", "null_characters_not_allowed"),
    "lone surrogate": ("a\ud800b", "surrogate_characters_not_allowed"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", UNSTORABLE)
def test_text_that_cannot_be_stored(
    answers: Callable[..., list[Any]], kind: str, name: str
) -> None:
    value, code = UNSTORABLE[name]
    texts = paths(kind, where=is_text)
    lists = paths(kind, where=lambda field: isinstance(field, ArrayField))
    choices = [
        path
        for path in paths(kind, where=lambda field: getattr(field, "choices", None))
        if path != ("subjectType",)
    ]
    values = dict.fromkeys([*texts, *choices], value) | {
        path: [value] for path in lists
    }
    expected = {".".join(path): code for path in texts}
    expected |= {".".join([*path, "0"]): code for path in lists}
    expected |= {".".join(path): "invalid_choice" for path in choices}

    for response in answers(with_values(full_body(kind), values), kind=kind):
        codes = codes_by_name(response)
        assert codes.keys() == expected.keys()
        for field, found in codes.items():
            assert expected[field] in found


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_type_that_cannot_be_stored(api: ApiClient, value: str) -> None:
    assert faults(api.post(klant_body(subjectType=value))) == {
        ("subjectType", "invalid_choice")
    }


def test_the_fields_are_all_there_are() -> None:
    """The tests above cover every field of the tables."""
    walked = {field for kind in KINDS for _path, field in document_fields(kind)}

    assert {KlantAdres, *KlantAdres._meta.get_fields()} & walked
    assert len(walked) > 50
