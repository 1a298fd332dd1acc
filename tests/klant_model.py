"""A simple model of the effect of requests on a klant, and strategies for requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from hypothesis import strategies as st

from klanten_plugin.domain.klanten.representation import api_name
from klanten_plugin.models import SUBJECTS, Klant, KlantAdres
from klanten_plugin.models.groups import owned_groups, value_fields
from tests.api_client import URL

Body = dict[str, Any]
Faults = set[tuple[str, str]]

SUBJECT = "subjectIdentificatie"
HOST = "localhost"
"""Path of the klanten, in a host that may contain a subject."""
NOBODY = f"http://{HOST}{URL}/550e8400-e29b-41d4-a716-446655440000"
"""A subject that doesn't exist."""


@cache
def fields_of(model: Any) -> dict[str, models.Field[Any, Any]]:
    return {api_name(field.name): field for field in value_fields(model)}


@cache
def groups_of(model: Any) -> dict[str, Any]:
    return {api_name(name): group for name, group in owned_groups(model).items()}


def nothing() -> Body:
    """Return the state before a klant is created."""
    return {**dict.fromkeys(fields_of(Klant), ""), "subjectType": None, "adres": None}


def is_required(field: models.Field[Any, Any]) -> bool:
    return not (field.blank or field.null)


def empty(model: Any) -> Body:
    """Return a row without values."""
    body = {
        name: [] if isinstance(field, ArrayField) else None if field.null else ""
        for name, field in fields_of(model).items()
    }
    return body | dict.fromkeys(groups_of(model))


def merge(before: Body | None, model: Any, sent: Body | None) -> Body | None:
    """Return a group after a request: ``None`` removes, a non-empty mapping merges."""
    if not sent:
        return before if sent is not None else None
    after = deepcopy(before) if before else empty(model)
    for name, value in sent.items():
        group = groups_of(model).get(name)
        after[name] = merge(after[name], group, value) if group else value
    return after


def missing(model: Any, sent: Body | None, path: str) -> Faults:
    """Return the missing required fields of a group and its nested groups."""
    if sent is None:
        return set()
    faults = {
        (f"{path}.{name}", "required")
        for name, field in fields_of(model).items()
        if is_required(field) and name not in sent
    }
    for name, group in groups_of(model).items():
        faults |= missing(group, sent.get(name), f"{path}.{name}")
    return faults


def faults_of(before: Body, sent: Body, exists: Callable[[str], bool]) -> Faults:
    """Return the errors in a request that has all required top-level fields.

    ``exists`` says whether there is a subject with this URL.
    """
    faults: Faults = set()
    was = before["subjectType"]
    subject_type = sent.get("subjectType") or was
    subject = sent.get(SUBJECT, {})
    if was and sent.get("subjectType", was) != was:
        faults.add(("subjectType", "wijzigen-niet-toegelaten"))
    if SUBJECT in sent and not subject_type:
        faults.add(("subjectType", "required"))
    if subject is None:
        faults.add((SUBJECT, "null"))
    elif subject_type:
        faults |= missing(SUBJECTS[subject_type], subject, SUBJECT)
    url = sent.get("subject", before["subject"])
    if url and url != before["subject"] and not exists(url):
        faults.add(("subject", "bad-url"))
    if not (faults or url or subject or before.get(SUBJECT)):
        faults.add(("nonFieldErrors", "invalid-subject"))
    return faults


def changed(before: Body, sent: Body) -> Body:
    """Return the klant after a request that was accepted."""
    after = {**before, **sent}
    after["adres"] = merge(before["adres"], KlantAdres, sent.get("adres", {}))
    after.pop(SUBJECT, None)
    if after["subjectType"]:
        model = SUBJECTS[after["subjectType"]]
        after[SUBJECT] = merge(before.get(SUBJECT), model, sent.get(SUBJECT, {}))
    return after


# --- Requests

VALUES: dict[str, list[Any]] = {
    "bronorganisatie": ["123456782", "517439943"],
    "klantnummer": ["1", "2", "K-3", "K-4", "K-5", "12345678"],
    "websiteUrl": ["https://example.nl/", "https://example.nl/ons?taal=nl"],
    "emailadres": ["", "zoe@example.nl"],
    "inpBsn": ["", "900222086", "123456782"],
    "inpANummer": ["", "1234567890"],
    "innNnpId": ["", "857587973", "123456782"],
}
"""Values of the fields that don't accept any text."""


def text(max_length: int, *, blank: bool = True) -> st.SearchStrategy[str]:
    """Generate text without surrounding spaces, which would be stripped."""
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    words = st.text(characters, max_size=min(max_length, 12)).map(str.strip)
    return words if blank else words.filter(bool)


def values_of(name: str, field: Any) -> st.SearchStrategy[Any]:
    if name in VALUES:
        return st.sampled_from(VALUES[name])
    if field.choices:
        return st.sampled_from(["", *(value for value, _label in field.choices)])
    if isinstance(field, ArrayField):
        return st.lists(text(field.base_field.max_length), max_size=3)
    if isinstance(field, models.IntegerField):
        return st.none() | st.integers(0, 99_999)
    return text(field.max_length, blank=field.blank)


@cache
def group_bodies(model: Any, *, careful: bool) -> st.SearchStrategy[Body]:
    """Generate part of a group. ``careful`` includes all required fields."""
    values: Body = {
        name: values_of(name, field) for name, field in fields_of(model).items()
    }
    for name, group in groups_of(model).items():
        values[name] = st.none() | group_bodies(group, careful=careful)
    fields = fields_of(model).items()
    required = [name for name, field in fields if careful and is_required(field)]
    return st.fixed_dictionaries(
        {name: values[name] for name in required},
        optional={name: each for name, each in values.items() if name not in required},
    )


@st.composite
def klant_bodies(
    draw: st.DrawFn, before: Body, urls: list[str], required: tuple[str, ...]
) -> Body:
    """Generate a body for a klant in state ``before``, with all of ``required``.

    ``urls`` are those of existing subjects. Most bodies are valid, some aren't.
    """
    careful = draw(st.integers(0, 4)) > 0
    values: Body = {
        name: values_of(name, field) for name, field in fields_of(Klant).items()
    }
    was = before["subjectType"]
    kinds = [was] if was else [*SUBJECTS] if careful else [*SUBJECTS, None]
    values["subjectType"] = st.sampled_from(kinds if careful else [*kinds, *SUBJECTS])
    values["subject"] = st.sampled_from(["", *urls] if careful else [NOBODY, "", *urls])
    values["adres"] = st.none() | group_bodies(KlantAdres, careful=careful)
    if careful and not was:
        required = (*required, "subjectType")
    needed = {name: values.pop(name) for name in required}
    body = draw(st.fixed_dictionaries(needed, optional=values))
    subject_type = body.get("subjectType") or was
    has_subject = before.get(SUBJECT) or body.get("subject", before["subject"])
    lacks_subject = not has_subject and draw(st.integers(0, 9)) > 0
    if subject_type and (lacks_subject or draw(st.integers(0, 3))):
        group = group_bodies(SUBJECTS[subject_type], careful=careful)
        body[SUBJECT] = draw(group.filter(bool) if careful and lacks_subject else group)
    elif not careful:
        body[SUBJECT] = draw(st.sampled_from([{}, None]))
    return body


def _spellings(model: Any) -> Iterator[tuple[str, str]]:
    yield from ((name, field.name) for name, field in fields_of(model).items())
    for name, group in owned_groups(model).items():
        yield api_name(name), name
        yield from _spellings(group)


SNAKE_CASE = {**dict(_spellings(Klant)), SUBJECT: "subject_identificatie"}


def in_snake_case(body: Any) -> Any:
    """Return the same in snake_case, which is also accepted."""
    if not isinstance(body, dict):
        return body
    return {SNAKE_CASE[name]: in_snake_case(value) for name, value in body.items()}
