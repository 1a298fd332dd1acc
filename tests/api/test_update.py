"""PUT and PATCH: absent keeps, ``null`` removes, and groups are merged."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from klanten_plugin.models import Klant
from klanten_plugin.models.groups import group_paths
from tests.api_client import URL, ApiClient, faults
from tests.bodies import KINDS, full_body

METHODS = ("PUT", "PATCH")
Change = dict[str, Any]

VERBLIJFSADRES = "subjectIdentificatie.verblijfsadres"
BUITENLAND = "subjectIdentificatie.subVerblijfBuitenland"
UNCHANGEABLE = ("subjectType", "wijzigen-niet-toegelaten")
NEITHER = ("nonFieldErrors", "invalid-subject")


def change(api: ApiClient, method: str, klant: dict[str, Any], values: Change) -> Any:
    """Return the response. Required fields are added for a PUT."""
    if method == "PUT":
        required = ("bronorganisatie", "websiteUrl")
        values = {**{name: klant[name] for name in required}, **values}
    return api.request(method, klant["url"], values)


def merged(body: Any, values: Change) -> Any:
    """Return ``body`` after these values: the rule of the API in four lines."""
    if not isinstance(body, dict):
        return values
    return {
        **body,
        **{
            name: merged(body.get(name), value) if isinstance(value, dict) else value
            for name, value in values.items()
        },
    }


SAME: list[Change] = [
    {},
    {"adres": {}},
    {"subjectIdentificatie": {}},
    {"achternaam": "Boom"},
    {"adres": {"straatnaam": "Keizersgracht"}},
    {"onbekend": 1, "adres": {"onbekend": 1}, "subjectIdentificatie": {"onbekend": 1}},
]
DIFFERENT: list[Change] = [
    {"achternaam": ""},
    {"voornaam": "Anders", "klantnummer": "Kn-2"},
    {"bronorganisatie": "517439943"},
    {"websiteUrl": "http://anders.example.nl"},
    {"adres": {"straatnaam": "Nieuw"}},
    {"adres": {"huisnummer": None, "huisletter": ""}},
    {"adres": None},
    {"subjectIdentificatie": {"subVerblijfBuitenland": None}},
    {
        "subjectIdentificatie": {
            "subVerblijfBuitenland": {"lndLandcode": "1", "lndLandnaam": "Anders"}
        }
    },
]
BY_KIND: dict[str, list[Change]] = {
    "natuurlijk_persoon": [
        {"subjectIdentificatie": {"inpBsn": "", "voornamen": "Anders"}},
        {"subjectIdentificatie": {"verblijfsadres": None}},
        {
            "subjectIdentificatie": {
                "verblijfsadres": {
                    "aoaIdentificatie": "2",
                    "gorOpenbareRuimteNaam": "Anders",
                    "aoaHuisnummer": None,
                }
            }
        },
        {
            "achternaam": "Anders",
            "adres": None,
            "subjectIdentificatie": {
                "geslachtsaanduiding": "",
                "verblijfsadres": None,
                "subVerblijfBuitenland": None,
            },
        },
    ],
    "niet_natuurlijk_persoon": [
        {"subjectIdentificatie": {"innRechtsvorm": "stichting"}},
    ],
    "vestiging": [
        {"subjectIdentificatie": {"handelsnaam": ["Anders"]}},
        {"subjectIdentificatie": {"handelsnaam": []}},
        {"subjectIdentificatie": {"verblijfsadres": None}},
    ],
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_sent_stays(api: ApiClient, method: str, kind: str) -> None:
    klant = api.post(full_body(kind)).json()

    for values in SAME:
        answer = change(api, method, klant, values)
        assert answer.status_code == 200, values
        assert answer.json() == klant
    assert api.get(klant["url"]).json() == klant


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("kind", "values"),
    [(kind, values) for kind in KINDS for values in (*DIFFERENT, *BY_KIND[kind])],
)
def test_what_is_sent_changes(
    api: ApiClient, method: str, kind: str, values: Change
) -> None:
    klant = api.post(full_body(kind)).json()
    expected = merged(klant, values)
    assert expected != klant

    answer = change(api, method, klant, values)

    assert answer.status_code == 200, answer.content
    assert answer.json() == expected
    assert api.get(klant["url"]).json() == expected


@pytest.mark.parametrize("method", METHODS)
def test_groups_that_were_not_there_are_created(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    full = full_body("natuurlijk_persoon")
    groups = {name: full[name] for name in ("adres", "subjectIdentificatie")}

    answer = change(api, method, klant, groups)

    assert answer.json() == {**klant, **groups}
    assert api.get(klant["url"]).json() == {**klant, **groups}


@pytest.mark.parametrize("method", METHODS)
def test_null_where_there_is_no_group(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    groups: Change = {"verblijfsadres": None, "subVerblijfBuitenland": None}

    answer = change(api, method, klant, {"adres": None, "subjectIdentificatie": groups})

    assert answer.status_code == 200
    assert answer.json() == klant


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_groups_ask_for_their_required_fields_whenever_they_are_sent(
    api: ApiClient, method: str, kind: str
) -> None:
    klant = api.post(full_body(kind)).json()
    groups = {"subVerblijfBuitenland": {"subAdresBuitenland1": "x"}}
    expected = {
        (f"{BUITENLAND}.lndLandcode", "required"),
        (f"{BUITENLAND}.lndLandnaam", "required"),
    }
    if kind != "niet_natuurlijk_persoon":
        groups["verblijfsadres"] = {"aoaPostcode": "x", "aoaIdentificatie": "x"}
        expected.add((f"{VERBLIJFSADRES}.gorOpenbareRuimteNaam", "required"))

    answer = change(api, method, klant, {"subjectIdentificatie": groups})

    assert faults(answer) == expected
    assert api.get(klant["url"]).json() == klant


def test_put_asks_for_what_is_required_and_for_nothing_else(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    assert faults(api.put(klant["url"], {})) == {
        ("bronorganisatie", "required"),
        ("websiteUrl", "required"),
    }
    required = {"bronorganisatie": "517439943", "websiteUrl": "https://a.nl"}
    assert api.put(klant["url"], required).json() == {**klant, **required}


def test_patch_without_a_body(api: ApiClient, klant: dict[str, Any]) -> None:
    response = api.patch(klant["url"])

    assert response.status_code == 200
    assert response.json() == klant


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_type_cannot_change(api: ApiClient, method: str, kind: str) -> None:
    klant = api.post(full_body(kind)).json()

    assert change(api, method, klant, {"subjectType": kind}).json() == klant
    for other in {*KINDS, None} - {kind}:
        found = faults(change(api, method, klant, {"subjectType": other}))
        assert found == {UNCHANGEABLE}
    assert faults(change(api, method, klant, {"subjectType": "bogus"})) == {
        ("subjectType", "invalid_choice")
    }
    assert api.get(klant["url"]).json() == klant


@pytest.mark.parametrize("method", METHODS)
def test_the_type_cannot_change_together_with_what_belongs_to_it(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    other = {
        "subjectType": "vestiging",
        "subjectIdentificatie": {"vestigingsNummer": "1"},
    }

    assert UNCHANGEABLE in faults(change(api, method, klant, other))
    assert api.get(klant["url"]).json() == klant


@pytest.fixture
def untyped(api: ApiClient, subject_url: str) -> dict[str, Any]:
    """A klant with only the URL of its subject."""
    return api.create(subject=subject_url, subjectType=..., subjectIdentificatie=...)


@pytest.mark.parametrize("method", METHODS)
class TestWithoutType:
    """A klant without a type can be changed, and can get one."""

    def test_other_fields(
        self, api: ApiClient, untyped: dict[str, Any], method: str
    ) -> None:
        for values in ({}, {"achternaam": "Boom"}, {"subjectType": None}):
            answer = change(api, method, untyped, values)
            assert answer.status_code == 200
            untyped = merged(untyped, values)
            assert answer.json() == untyped

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_type(
        self, api: ApiClient, untyped: dict[str, Any], method: str, kind: str
    ) -> None:
        answer = change(api, method, untyped, {"subjectType": kind})

        typed = {**untyped, "subjectType": kind, "subjectIdentificatie": None}
        assert answer.json() == typed
        answer = change(api, method, typed, {"subjectIdentificatie": {}})
        assert answer.json() == typed
        subject = full_body(kind)["subjectIdentificatie"]
        answer = change(api, method, typed, {"subjectIdentificatie": subject})
        assert answer.json() == {**typed, "subjectIdentificatie": subject}

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_type_and_an_identification(
        self, api: ApiClient, untyped: dict[str, Any], method: str, kind: str
    ) -> None:
        subject = full_body(kind)["subjectIdentificatie"]
        values = {"subjectType": kind, "subjectIdentificatie": subject, "subject": ""}

        answer = change(api, method, untyped, values)

        assert answer.json() == {**untyped, **values}

    @pytest.mark.parametrize("subject_type", [..., None])
    def test_an_identification_of_nothing(
        self, api: ApiClient, untyped: dict[str, Any], method: str, subject_type: Any
    ) -> None:
        values = {"subjectIdentificatie": {"inpBsn": "900222086"}}
        if subject_type is None:
            values["subjectType"] = subject_type

        assert faults(change(api, method, untyped, values)) == {
            ("subjectType", "required")
        }

    def test_neither(
        self, api: ApiClient, untyped: dict[str, Any], method: str
    ) -> None:
        for values in (
            {"subject": ""},
            {"subject": "", "subjectType": "vestiging"},
            {
                "subject": "",
                "subjectType": "vestiging",
                "subjectIdentificatie": {"onbekend": 1},
            },
        ):
            assert faults(change(api, method, untyped, values)) == {NEITHER}
        assert api.get(untyped["url"]).json() == untyped


@pytest.mark.parametrize("method", METHODS)
def test_what_identifies_the_subject_cannot_be_taken_away(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    found = faults(change(api, method, klant, {"subjectIdentificatie": None}))

    assert found == {("subjectIdentificatie", "null")}
    # it is already known, so this changes nothing
    assert change(api, method, klant, {"subject": ""}).json() == klant


@pytest.mark.parametrize("method", METHODS)
def test_a_subject_can_come_and_go(
    api: ApiClient, klant: dict[str, Any], subject_url: str, method: str
) -> None:
    for subject in (subject_url, ""):
        answer = change(api, method, klant, {"subject": subject})
        assert answer.json() == {**klant, "subject": subject}


@pytest.mark.parametrize("method", METHODS)
def test_every_fault_at_once(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    values = {
        "bronorganisatie": "123456789",
        "klantnummer": None,
        "achternaam": "x" * 201,
        "subjectType": None,
        "adres": {"huisnummer": -1},
        "subjectIdentificatie": {
            "inpBsn": "1",
            "verblijfsadres": {"aoaHuisletter": "ab"},
        },
    }

    found = {name for name, _code in faults(change(api, method, klant, values))}

    assert found == {
        "bronorganisatie",
        "klantnummer",
        "achternaam",
        "subjectType",
        "adres.huisnummer",
        "subjectIdentificatie.inpBsn",
        f"{VERBLIJFSADRES}.aoaIdentificatie",
        f"{VERBLIJFSADRES}.gorOpenbareRuimteNaam",
        f"{VERBLIJFSADRES}.aoaHuisletter",
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_update_that_is_refused_changes_nothing(
    api: ApiClient, method: str, kind: str
) -> None:
    klant = api.post(full_body(kind)).json()
    values = {
        "achternaam": "Anders",
        "adres": None,
        "subjectIdentificatie": {"subVerblijfBuitenland": {"lndLandcode": "12345"}},
    }

    assert faults(change(api, method, klant, values))

    assert api.get(klant["url"]).json() == klant


@pytest.mark.parametrize("method", METHODS)
def test_other_klanten_stay_as_they_are(api: ApiClient, method: str) -> None:
    klanten = [
        api.post(full_body(kind, klantnummer=f"{number}-{kind[:3]}")).json()
        for number in range(2)
        for kind in KINDS
    ]

    change(api, method, klanten[0], {"adres": None, "achternaam": "Anders"})

    assert api.get().json()["results"][1:] == klanten[1:]


@pytest.mark.parametrize("kind", KINDS)
def test_delete(api: ApiClient, kind: str) -> None:
    klant, other = (
        api.post(full_body(kind, klantnummer=number)).json() for number in "12"
    )

    response = api.delete(klant["url"])

    assert response.status_code == 204
    assert response.content == b""
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert api.request(method, klant["url"], {}).status_code == 404
    assert api.get().json()["results"] == [other]
    # and no rows are left in the tables of the groups
    kept = Klant.objects.select_related(*group_paths(Klant)).get()
    for path in group_paths(Klant):
        model = Klant
        for part in path.split("__"):
            model = model._meta.get_field(part).related_model
        assert model._default_manager.count() <= 1, path
    assert str(kept.uuid) in other["url"]


@pytest.mark.parametrize("method", [*METHODS, "DELETE"])
def test_a_klant_that_is_not_there(
    api: ApiClient, klant: dict[str, Any], method: str
) -> None:
    response = api.request(method, f"{URL}/{uuid.uuid4()}", {})

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert api.get().json()["results"] == [klant]
