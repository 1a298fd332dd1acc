"""``klanten_import <file>``: formats of klanten from other implementations."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

import pytest
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin.domain.klanten.representation import represent_klant
from klanten_plugin.domain.nhr.timing import BULK_DAYS
from klanten_plugin.models import Klant, NhrState, OutboxRow
from klanten_plugin.sync.moving.files import MAX_LINE_BYTES
from tests.bodies import SUB_VERBLIJF_BUITENLAND, VERBLIJFSADRES
from tests.meanwhile import after_statement
from tests.moving.conftest import Import
from tests.moving.other_api import Body, other_klant

pytestmark = pytest.mark.django_db

FILE = Path("klanten.jsonl")
NULLS = {
    "lndLandcode": None,
    "lndLandnaam": None,
    "subAdresBuitenland1": None,
}


def write(*klanten: Any) -> None:
    """Write a file with these klanten."""
    lines = (json.dumps(klant) for klant in klanten)
    FILE.write_text("\n".join(lines), encoding="utf-8")


def persoon(**fields: Any) -> Body:
    """Return a klant with these fields in its subjectIdentificatie."""
    return {"subjectIdentificatie": fields}


EMPTY_SUBJECT = dict.fromkeys(
    (
        "inpBsn",
        "anpIdentificatie",
        "inpANummer",
        "geslachtsnaam",
        "voorvoegselGeslachtsnaam",
        "voorletters",
        "voornamen",
        "geslachtsaanduiding",
        "geboortedatum",
    ),
    "",
) | {"subVerblijfBuitenland": None, "verblijfsadres": None}

TAKEN: list[tuple[Body, Body]] = [
    # null for absent values
    (
        {"telefoonnummer": None, "emailadres": None},
        {"telefoonnummer": "", "emailadres": ""},
    ),
    ({"subject": None, "bedrijfsnaam": None}, {"subject": "", "bedrijfsnaam": ""}),
    ({"functie": ...}, {"functie": ""}),
    ({"onbekend": {"veld": 1}}, {}),
    # a number as a JSON number
    ({"klantnummer": 12345678}, {"klantnummer": "12345678"}),
    # the URL of the klant at its origin is ignored
    ({"url": f"https://x.nl/k/{UUID(int=1)}/"}, {}),
    ({"url": f"https://x.nl/{UUID(int=1).hex.upper()}"}, {}),
    ({"url": f"urn/{UUID(int=1)}"}, {}),
    # a subject that is no longer checked
    ({"subject": "https://weg.example.nl/1"}, {"subject": "https://weg.example.nl/1"}),
    (
        {"subject": "https://weg.example.nl/1", "subjectIdentificatie": None},
        {"subject": "https://weg.example.nl/1", "subjectIdentificatie": None},
    ),
    (
        {
            "subject": "https://weg.example.nl/1",
            "subjectType": None,
            "subjectIdentificatie": ...,
        },
        {
            "subject": "https://weg.example.nl/1",
            "subjectType": None,
            "subjectIdentificatie": ...,
        },
    ),
    # other spellings of keys with digits and single capitals
    (
        persoon(inpA_nummer="1234567890"),
        persoon(**{**EMPTY_SUBJECT, "inpANummer": "1234567890"}),
    ),
    (
        persoon(
            subVerblijfBuitenland={
                "lndLandcode": "5010",
                "lndLandnaam": "België",
                "subAdresBuitenland_1": "Kerkstraat 1",
                "sub_adres_buitenland_2": "2000 Antwerpen",
                "subAdresBuitenland3": "Vlaanderen",
            }
        ),
        persoon(**{**EMPTY_SUBJECT, "subVerblijfBuitenland": SUB_VERBLIJF_BUITENLAND}),
    ),
    # groups without values, which have required fields
    (persoon(subVerblijfBuitenland=NULLS, inpBsn=None), persoon(**EMPTY_SUBJECT)),
    (
        persoon(verblijfsadres={"aoaIdentificatie": ""}, voornamen=""),
        persoon(**EMPTY_SUBJECT),
    ),
    (
        {
            "subjectType": "vestiging",
            "subjectIdentificatie": {
                "vestigingsNummer": "000012345678",
                "handelsnaam": None,
                "verblijfsadres": {**VERBLIJFSADRES, "aoaHuisnummer": None},
            },
        },
        {
            "subjectType": "vestiging",
            "subjectIdentificatie": {
                "vestigingsNummer": "000012345678",
                "handelsnaam": [],
                "subVerblijfBuitenland": None,
                "verblijfsadres": {**VERBLIJFSADRES, "aoaHuisnummer": None},
            },
        },
    ),
]


@pytest.mark.parametrize(("given", "taken"), TAKEN)
def test_taken(run_import: Import, given: Body, taken: Body) -> None:
    write(other_klant(1, **given))

    outcome = run_import(str(FILE))

    assert outcome.counts == (1, 0, 0, 0, 0), outcome.report
    klant = Klant.objects.get(uuid=UUID(int=1))
    expected = other_klant(1, **{**persoon(**EMPTY_SUBJECT), **taken})
    assert represent_klant(klant, expected["url"]) == expected
    # and the same for the next import
    assert run_import(str(FILE), "--update").counts == (0, 0, 1, 0, 0)


REFUSED: list[tuple[Any, str, str]] = [
    ({"websiteUrl": ""}, "websiteUrl", "blank"),
    ({"websiteUrl": None}, "websiteUrl", "blank"),
    ({"websiteUrl": ...}, "websiteUrl", "required"),
    ({"websiteUrl": "geen"}, "websiteUrl", "invalid"),
    ({"bronorganisatie": "123456789"}, "bronorganisatie", "invalid"),
    ({"bronorganisatie": ...}, "bronorganisatie", "required"),
    ({"klantnummer": ...}, "klantnummer", "required"),
    ({"klantnummer": "123456789"}, "klantnummer", "max_length"),
    ({"emailadres": "geen"}, "emailadres", "invalid"),
    ({"achternaam": "a\0b"}, "achternaam", "null_characters_not_allowed"),
    ({"achternaam": ["a"]}, "achternaam", "invalid"),
    ({"subject": "geen"}, "subject", "invalid"),
    ({"subjectType": "alien"}, "subjectType", "invalid_choice"),
    ({"subjectType": ""}, "subjectType", "required"),
    ({"subjectIdentificatie": None}, "nonFieldErrors", "invalid-subject"),
    ({"subjectIdentificatie": {}}, "nonFieldErrors", "invalid-subject"),
    ({"subjectIdentificatie": 5}, "subjectIdentificatie.nonFieldErrors", "invalid"),
    (persoon(inpBsn="123456789"), "subjectIdentificatie.inpBsn", "invalid"),
    (
        persoon(verblijfsadres={"aoaIdentificatie": "1"}),
        "subjectIdentificatie.verblijfsadres.gorOpenbareRuimteNaam",
        "required",
    ),
    ({"adres": {"huisnummer": 100_000}}, "adres.huisnummer", "max_value"),
    (
        {
            "subjectType": "vestiging",
            "subjectIdentificatie": {"handelsnaam": ["goed", "x" * 626]},
        },
        "subjectIdentificatie.handelsnaam.1",
        "max_length",
    ),
    ({"onbekend": [[[[[[[[[[1]]]]]]]]]]}, "nonFieldErrors", "invalid"),
]


@pytest.mark.parametrize(("fields", "field", "code"), REFUSED)
def test_refused(run_import: Import, fields: Body, field: str, code: str) -> None:
    write(other_klant(1, **fields), other_klant(2))

    outcome = run_import(str(FILE))

    assert outcome.counts == (1, 0, 0, 0, 1)
    assert outcome.faults() == {(1, field, code)}
    assert outcome.places() == {"regel 1"}
    assert "Niet alle klanten" in outcome.error
    assert Klant.objects.get().uuid == UUID(int=2)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"geen json", "required"),
        (b"5", "required"),
        (b"[]", "required"),
        (b'"\xff"', "required"),
        (b"[" * 2000 + b"]" * 2000, "required"),
        (b"1" * (1024 * 1024 + 10), "required"),
        (b'{"url": "https://x.nl/geen-uuid"}', "invalid"),
        (b'{"url": 5}', "required"),
        (b"{}", "required"),
        (b'{"a": NaN}', "required"),
    ],
    ids=range(10),
)
def test_lines_that_are_no_klant(run_import: Import, line: bytes, code: str) -> None:
    good = [json.dumps(other_klant(number)).encode() for number in (1, 2)]
    FILE.write_bytes(b"\n\n".join([b"\xef\xbb\xbf" + good[0], line, good[1]]))

    outcome = run_import(str(FILE))

    assert outcome.counts == (2, 0, 0, 0, 1)
    (fault,) = outcome.report
    assert (fault["plaats"], fault["klant"]) == ("regel 3", "")
    assert (fault["veld"], fault["code"]) == ("url", code)


def test_the_report_has_no_personal_data(run_import: Import) -> None:
    write(other_klant(1, emailadres="geheim@", achternaam="Geheim" * 100))

    run_import(str(FILE))

    report = Path("klanten_import.csv")
    assert "eheim" not in report.read_text(encoding="utf-8")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_one_number_for_two(run_import: Import) -> None:
    write(other_klant(1), other_klant(2, klantnummer="00000001"), other_klant(3))
    for option in (["--dry-run"], []):
        outcome = run_import(str(FILE), *option)
        assert outcome.counts == (2, 0, 0, 0, 1)
        assert outcome.faults() == {(2, "nonFieldErrors", "unique")}

    # even if the number belongs to an existing klant
    write(other_klant(4, klantnummer="00000003"), other_klant(5))
    for option in ([], ["--dry-run"]):
        outcome = run_import(str(FILE), *option)
        assert outcome.faults() == {(4, "nonFieldErrors", "unique")}
        assert outcome.places() == {"regel 1"}
    assert Klant.objects.count() == 3


def test_the_same_klant_twice(run_import: Import) -> None:
    write(other_klant(1, achternaam="Eerst"), other_klant(1, achternaam="Later"))

    assert run_import(str(FILE)).counts[0] == 1
    assert Klant.objects.get().achternaam == "Later"


def test_the_same_klant_twice_when_it_exists(run_import: Import) -> None:
    """The last occurrence counts, also if another one is the same as here."""
    write(other_klant(1, achternaam="Eerst"))
    run_import(str(FILE))

    write(other_klant(1, achternaam="Later"), other_klant(1, achternaam="Eerst"))
    assert run_import(str(FILE), "--update").counts == (0, 0, 1, 0, 0)
    write(other_klant(1, achternaam="Eerst"), other_klant(1, achternaam="Later"))
    assert run_import(str(FILE), "--update").counts == (0, 1, 0, 0, 0)
    assert Klant.objects.get().achternaam == "Later"


ADRES = {"straatnaam": "Gracht", "huisnummer": 1, "landcode": "6030"}

AGAIN: list[tuple[Body, tuple[int, ...]]] = [
    ({}, (0, 0, 1, 0, 0)),
    ({"functie": ..., "voornaam": None}, (0, 0, 1, 0, 0)),
    ({"adres": {**ADRES, "huisletter": None}}, (0, 0, 1, 0, 0)),
    ({"onbekend": "veld"}, (0, 0, 1, 0, 0)),
    ({"achternaam": " Achternaam 1 "}, (0, 0, 1, 0, 0)),
    ({"adres": {**ADRES, "huisnummer": "1"}}, (0, 0, 1, 0, 0)),
    ({"adres": {**ADRES, "huisnummer": 2}}, (0, 0, 0, 1, 0)),
    ({"adres": None}, (0, 0, 0, 1, 0)),
    ({"adres": {**ADRES, "huisnummer": True}}, (0, 0, 0, 0, 1)),
    ({"achternaam": ["Achternaam 1"]}, (0, 0, 0, 0, 1)),
    (
        {"subjectIdentificatie": {"inpBsn": "", "inpANummer": "1234567890"}},
        (0, 0, 0, 1, 0),
    ),
]


@pytest.mark.parametrize(("fields", "counts"), AGAIN)
def test_an_existing_klant_in_another_notation(
    run_import: Import, fields: Body, counts: tuple[int, ...]
) -> None:
    write(other_klant(1, adres=ADRES))
    assert run_import(str(FILE)).counts == (1, 0, 0, 0, 0)

    write(other_klant(1, **{"adres": ADRES, **fields}))
    assert run_import(str(FILE)).counts == counts


def test_from_the_input(run_import: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.dumps(other_klant(1)).encode()
    stdin = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr(sys, "stdin", stdin)

    assert run_import("-").counts == (1, 0, 0, 0, 0)


def test_without_website_where_the_host_takes_them(
    run_import: Import, settings: Any
) -> None:
    settings.KLANTEN_WEBSITE_URL_REQUIRED = False
    write(other_klant(1, websiteUrl=""), other_klant(2, websiteUrl=...))

    assert run_import(str(FILE)).counts == (2, 0, 0, 0, 0)


def vestiging(number: int) -> Body:
    """Return a klant that the trade register can be queried for."""
    nummer = {"vestigingsNummer": f"{number:012d}"}
    fields = {"subjectType": "vestiging", "subjectIdentificatie": nummer}
    return other_klant(number, **fields)


def test_a_batch_is_a_fixed_number_of_statements(
    run_import: Import, own_queries: Callable[[], Any]
) -> None:
    write(vestiging(1))
    with own_queries() as few:
        run_import(str(FILE))
    write(*(vestiging(number) for number in range(2, 42)))
    with own_queries() as many:
        assert run_import(str(FILE)).counts[0] == 40

    assert len(many) == len(few), many
    numbers = NhrState.objects.order_by("nummer").values_list("soort", "nummer")
    assert list(numbers) == [("vestiging", f"{n:012d}") for n in range(1, 42)]


def test_the_trade_register_is_asked_little_by_little(
    run_import: Import, kvk: Any
) -> None:
    write(*(vestiging(number) for number in range(1, 41)), other_klant(41))
    begun = timezone.now()

    run_import(str(FILE))

    assert not OutboxRow.objects.exists()
    days = [
        (state.due_at - begun) / timedelta(days=BULK_DAYS)
        for state in NhrState.objects.all()
        if state.due_at
    ]
    assert len(days) == 40
    assert 0 <= min(days) < 0.3 < 0.7 < max(days) <= 1.01
    # a new number in an update also waits for its turn
    write(vestiging(1) | {"subjectIdentificatie": {"vestigingsNummer": "9" * 12}})
    assert run_import(str(FILE), "--update").counts == (0, 1, 0, 0, 0)
    assert not OutboxRow.objects.exists()
    state = NhrState.objects.get(klant__uuid=UUID(int=1))
    assert (state.nummer, state.outcome) == ("9" * 12, "nieuw")


LOOK_UP_OF_NUMBERS = '"klantnummer" IN ('
"""The statement that finds existing numbers, after which the import writes."""


def test_somebody_else_takes_the_number_meanwhile(run_import: Import, kvk: Any) -> None:
    """The database detects conflicts that the earlier query missed.

    All other klanten are imported.
    """
    write(other_klant(4, klantnummer="een"), other_klant(5), vestiging(6))

    def take() -> None:
        Klant.objects.create(bronorganisatie="123456782", klantnummer="een")

    with after_statement(LOOK_UP_OF_NUMBERS, take):
        outcome = run_import(str(FILE))

    assert outcome.counts == (2, 0, 0, 0, 1)
    assert outcome.faults() == {(4, "nonFieldErrors", "unique")}
    assert outcome.places() == {"regel 1"}
    # a klant that is created individually is recorded in the same way
    assert {line.applicatie_weergave for line in AuditTrail.objects.all()} == {
        "Import van klanten"
    }
    # nor is the trade register queried immediately
    assert NhrState.objects.get().klant.uuid == UUID(int=6)
    assert not OutboxRow.objects.exists()


def test_somebody_else_makes_the_klant_meanwhile(run_import: Import) -> None:
    write(other_klant(1), other_klant(2))

    def make() -> None:
        number = {"bronorganisatie": "123456782", "klantnummer": "een"}
        Klant.objects.create(uuid=UUID(int=1), **number)

    with after_statement(LOOK_UP_OF_NUMBERS, make):
        outcome = run_import(str(FILE))

    assert outcome.counts == (1, 0, 0, 0, 1)
    assert outcome.faults() == {(1, "nonFieldErrors", "invalid")}


def test_somebody_else_deletes_the_klant_meanwhile(run_import: Import) -> None:
    write(other_klant(1), other_klant(2))
    run_import(str(FILE))
    write(other_klant(1, achternaam="Anders"), other_klant(3))

    with after_statement(
        LOOK_UP_OF_NUMBERS, Klant.objects.get(uuid=UUID(int=1)).delete
    ):
        outcome = run_import(str(FILE), "--update")

    assert outcome.counts == (1, 0, 0, 0, 1)
    assert outcome.faults() == {(1, "nonFieldErrors", "verwijderd")}


@pytest.mark.parametrize(("size", "is_taken"), [(0, True), (1, False)])
def test_how_long_a_line_may_be(run_import: Import, size: int, is_taken: bool) -> None:
    """Including its end. The rest of the file is read in any case."""
    first, second = (json.dumps(other_klant(number)).encode() for number in (1, 2))
    FILE.write_bytes(first.ljust(MAX_LINE_BYTES - 1 + size) + b"\n" + second)

    outcome = run_import(str(FILE))

    assert outcome.counts == (1 + is_taken, 0, 0, 0, not is_taken)
    assert outcome.places() == (set() if is_taken else {"regel 1"})


def test_more_than_one_batch(run_import: Import) -> None:
    write(*(other_klant(number) for number in range(1, 1103)))

    assert run_import(str(FILE)).counts == (1102, 0, 0, 0, 0)
    assert Klant.objects.count() == 1102
