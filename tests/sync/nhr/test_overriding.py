"""Overriding is permanent: every way to write, with every answer of the register."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from klanten_plugin.constants import CONTACT_FIELDS, NhrSoort
from klanten_plugin.domain.klanten.representation import api_name
from klanten_plugin.exceptions import ConfigurationError
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr.refresh import refresh
from tests.api_client import ApiClient
from tests.nhr import DONALD, DONALD_ADRES, NO_WEBSITE, shown, vestiging
from tests.nhr_source import OwnSource, choose_own_source

NUMBER = NhrNummer(NhrSoort.VESTIGING, DONALD)
FIELDS = {api_name(field): field for field in CONTACT_FIELDS}


def value(name: str, letter: str) -> Any:
    """Return a value of the field, different for each letter, and none for ``""``."""
    if name == "adres":
        return {**DONALD_ADRES, "straatnaam": f"{letter}straat"} if letter else None
    if name == "websiteUrl":
        return f"https://{letter}.example.nl" if letter else NO_WEBSITE
    if name == "emailadres":
        return f"{letter}@example.nl" if letter else ""
    return letter


def values(letter: str) -> dict[str, Any]:
    return {name: value(name, letter) for name in FIELDS}


def register_says(letter: str) -> None:
    given = {field: value(name, letter) for name, field in FIELDS.items()}
    OwnSource.values = given if letter else {}


@pytest.fixture
def own_source(db: Any) -> None:
    choose_own_source()
    register_says("")


HISTORIES: dict[str, list[tuple[str, str]]] = {
    "never filled": [],
    "sent at creation": [("create", "s")],
    "given": [("register", "a")],
    "overridden": [("register", "a"), ("write", "b")],
    "emptied": [("register", "a"), ("write", "")],
    "handed back": [("register", "a"), ("write", "b"), ("write", "")],
}
"""Histories of a klant. Letters are values."""
BEFORE = {"never filled": "", "sent at creation": "s", "given": "a", "overridden": "b"}
ACTIONS = ("nothing", "put same", "patch same", "write other", "write a", "empty")
ANSWERS = {"same": "a", "other": "d", "absent": ""}

THEIRS = {
    *product(
        ["sent at creation", "overridden"],
        ["nothing", "put same", "patch same", "write a"],
    ),
    *product(HISTORIES, ["write other"]),
    # the register never provided it, so it is the consumer's own
    ("never filled", "write a"),
}
"""Histories and actions that leave the consumer's value, not the register's."""
WRITTEN = {"write other": "c", "write a": "a", "empty": ""}


def act(api: ApiClient, klant: dict[str, Any], action: str) -> None:
    if action in WRITTEN:
        response = api.patch(klant["url"], values(WRITTEN[action]))
    elif action == "put same":
        body = api.get(klant["url"]).json()
        response = api.put(klant["url"], body)
    elif action == "patch same":
        body = api.get(klant["url"]).json()
        response = api.patch(klant["url"], {name: body[name] for name in FIELDS})
    else:
        return
    assert response.status_code == 200, response.content


def with_history(api: ApiClient, history: str) -> dict[str, Any]:
    steps = HISTORIES[history]
    created = "".join(letter for step, letter in steps if step == "create")
    klant = api.create(**vestiging(**values(created)))
    for step, letter in steps:
        if step == "register":
            register_says(letter)
            refresh(NUMBER)
        elif step == "write":
            assert api.patch(klant["url"], values(letter)).status_code == 200
    return klant


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("history", HISTORIES)
def test_who_owns_a_field(
    api: ApiClient, own_source: None, history: str, action: str, answer: str
) -> None:
    klant = with_history(api, history)
    act(api, klant, action)
    register_says(ANSWERS[answer])
    refresh(NUMBER)

    expected = WRITTEN.get(action, BEFORE.get(history, ""))
    if (history, action) not in THEIRS:
        expected = ANSWERS[answer]
    body = shown(klant)
    assert {name: body[name] for name in FIELDS} == values(expected)
    # idempotent
    assert refresh(NUMBER) == 0


def test_every_history_and_action_is_in_the_table() -> None:
    owned = {pair for pair in product(HISTORIES, ACTIONS) if pair in THEIRS}
    assert owned == THEIRS


def test_an_address_is_one_unit(api: ApiClient, own_source: None) -> None:
    register_says("a")
    klant = api.create(**vestiging())
    refresh(NUMBER)
    api.patch(klant["url"], {"adres": {"huisnummer": 99}})
    register_says("d")
    refresh(NUMBER)

    body = shown(klant)
    assert body["adres"] == {**value("adres", "a"), "huisnummer": 99}
    assert body["voornaam"] == "d"


def test_an_address_is_handed_back_by_emptying_its_fields(
    api: ApiClient, own_source: None
) -> None:
    register_says("a")
    klant = api.create(**vestiging())
    refresh(NUMBER)
    empty = dict.fromkeys(DONALD_ADRES, "")
    api.patch(klant["url"], {"adres": value("adres", "b")})
    api.patch(klant["url"], {"adres": {**empty, "huisnummer": None}})
    refresh(NUMBER)

    assert shown(klant)["adres"] == value("adres", "a")


def test_only_what_a_source_declares_is_touched(
    api: ApiClient, own_source: None, monkeypatch: Any
) -> None:
    monkeypatch.setattr(OwnSource, "fields", frozenset({"functie"}))
    register_says("a")
    klant = api.create(**vestiging())
    refresh(NUMBER)

    body = shown(klant)
    assert {name: body[name] for name in FIELDS} == {**values(""), "functie": "a"}


@pytest.mark.parametrize(
    "path", ["tests.nhr_source.NotASource", "tests.nhr_source.Missing", "json"]
)
def test_a_class_that_is_no_source(api: ApiClient, db: Any, path: str) -> None:
    choose_own_source(path)
    api.create(**vestiging())
    with pytest.raises(ConfigurationError, match=path):
        refresh(NUMBER)
