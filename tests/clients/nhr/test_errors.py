"""Errors of the register: the code determines whether to retry."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs
from zgw_consumers.models import Service

from klanten_plugin.clients.nhr.errors import ABSENT, IN_PROGRESS, REFUSED
from klanten_plugin.clients.nhr.haal_centraal import HaalCentraalSource
from klanten_plugin.clients.nhr.kvk_http import ask_kvk
from klanten_plugin.constants import NhrSoort
from klanten_plugin.exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    TemporaryRemoteError,
)
from klanten_plugin.models.nhr import NhrNummer
from tests.nhr import DONALD, Peer, make_service, sample

ROOT = "https://kvk.example.nl/api/"
PATH = f"v1/vestigingsprofielen/{DONALD}"

CLASSES = {
    "permanent": REFUSED | (ABSENT - {"IPD5200"}),
    "tijdelijk": set(IN_PROGRESS),
    "leeg (Zoeken)": {"IPD5200"},
}


def outcome(response: dict[str, Any], requests_mock: Any) -> tuple[str, Any]:
    requests_mock.get(ROOT + PATH, **response)
    service = make_service(ROOT)
    try:
        answer = ask_kvk(service, PATH, paid=True)
    except TemporaryRemoteError as error:
        return "later", error.retry_after
    except ConfigurationError:
        return "stop", None
    except PermanentRemoteError:
        return "never", None
    return ("absent" if answer is None else "answer"), None


def fout(*codes: Any) -> dict[str, Any]:
    return {"fout": [{"code": code, "omschrijving": "..."} for code in codes]}


def test_every_documented_code_has_its_class() -> None:
    documented = sample("ipd-codes")["codes"]
    for row in documented:
        if row["code"] in ABSENT | IN_PROGRESS | REFUSED:
            assert row["code"] in CLASSES[row["klasse"]]
    # all others are about the service, so they are outages
    assert {row["code"] for row in documented} - (ABSENT | IN_PROGRESS | REFUSED) == {
        *("IPD0001", "IPD1998", "IPD1999", "IPD5203", "IPD9999")
    }


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "IPD1002", ("later", 300.0)),
        (404, "IPD1003", ("later", 300.0)),
        (400, "IPD1002", ("later", 300.0)),
        (500, "IPD9999", ("later", None)),
        (404, "IPD0005", ("absent", None)),
        (404, "IPD0007", ("absent", None)),
        (404, "IPD5200", ("absent", None)),
        (500, "IPD0007", ("absent", None)),
        (404, "IPD0001", ("later", None)),
        (404, "IPD5203", ("later", None)),
        (400, "IPD0004", ("never", None)),
        (400, "IPD0006", ("never", None)),
        (400, "IPD0010", ("never", None)),
        (400, "IPD1998", ("later", None)),
        (400, "IPD1999", ("later", None)),
        # not in the documentation, so the status decides
        (400, "IPD7777", ("later", None)),
        (503, "IPD7777", ("later", None)),
        (403, "IPD7777", ("stop", None)),
    ],
)
def test_codes(
    register: Peer,
    db: Any,
    requests_mock: Any,
    status: int,
    code: str,
    expected: Any,
    nested: bool,
) -> None:
    body = {"meldingen": fout(code)} if nested else fout(code)
    response = {"status_code": status, "json": body}
    assert outcome(response, requests_mock) == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"status_code": 401}, ("stop", None)),
        ({"status_code": 403, "text": "<html>"}, ("stop", None)),
        ({"status_code": 404}, ("later", None)),
        ({"status_code": 404, "json": {"message": "no Route"}}, ("later", None)),
        ({"status_code": 429, "headers": {"Retry-After": "7"}}, ("later", 7.0)),
        ({"status_code": 500, "text": "oops"}, ("later", None)),
        ({"status_code": 502, "text": "<html>"}, ("later", None)),
        ({"status_code": 503, "headers": {"Retry-After": "60"}}, ("later", 60.0)),
        ({"status_code": 504}, ("later", None)),
        ({"status_code": 400, "json": []}, ("later", None)),
        ({"status_code": 406}, ("later", None)),
        ({"status_code": 410}, ("later", None)),
        ({"status_code": 302, "headers": {"Location": "/"}}, ("later", None)),
        ({"status_code": 200, "text": "<html>"}, ("later", None)),
        ({"status_code": 200, "json": []}, ("later", None)),
        ({"status_code": 200, "text": ""}, ("later", None)),
        ({"status_code": 200, "json": {}}, ("later", None)),
        ({"status_code": 200, "json": {"kvkNummer": "1"}}, ("answer", None)),
        ({"status_code": 404, "json": fout("IPD1002", "IPD0007")}, ("later", 300.0)),
        ({"status_code": 404, "json": {"fout": "IPD0007"}}, ("later", None)),
        ({"status_code": 404, "json": fout(None)}, ("later", None)),
        (
            {
                "status_code": 404,
                "json": fout("IPD1003"),
                "headers": {"Retry-After": "900"},
            },
            ("later", 900.0),
        ),
    ],
)
def test_answers_without_a_code(
    register: Peer, db: Any, requests_mock: Any, response: Any, expected: Any
) -> None:
    assert outcome(response, requests_mock) == expected


def test_recorded_errors(register: Peer, db: Any, requests_mock: Any) -> None:
    for name, status, expected in (
        ("fout-IPD0006", 400, "never"),
        ("fout-IPD0005", 404, "absent"),
        ("fout-IPD5200", 404, "absent"),
        ("problem-403", 403, "stop"),
    ):
        response = {"status_code": status, "json": sample(name)}
        assert outcome_of(requests_mock, response) == expected


def outcome_of(requests_mock: Any, response: Any) -> str:
    Service.objects.all().delete()
    return outcome(response, requests_mock)[0]


@pytest.mark.parametrize(
    "kind", ["reset", "html", "slow", "status"], ids=lambda kind: kind
)
def test_a_register_that_is_ill(register: Peer, db: Any, kind: str) -> None:
    service = make_service(f"{register.root}/api/")
    service.timeout = 1
    service.save()
    register.fault(kind, seconds=1.5)
    with pytest.raises(TemporaryRemoteError):
        ask_kvk(service, PATH, paid=True)
    assert ask_kvk(service, PATH, paid=True)


def test_an_error_says_nothing_that_the_register_said(
    register: Peer, db: Any, requests_mock: Any
) -> None:
    body = {"fout": [{"code": "Jan Jansen", "omschrijving": "Jan Jansen"}]}
    requests_mock.get(ROOT + PATH, status_code=400, json=body)
    with pytest.raises(TemporaryRemoteError) as caught:
        ask_kvk(make_service(ROOT), PATH, paid=True)
    expected = "KVK antwoordde 400. Controleer de API-root van de service."
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"status_code": 401, "json": {}}, ConfigurationError),
        ({"status_code": 403, "json": {}}, ConfigurationError),
        ({"status_code": 404, "text": "<html>"}, TemporaryRemoteError),
        ({"status_code": 429, "json": {}}, TemporaryRemoteError),
        ({"status_code": 500, "json": {}}, TemporaryRemoteError),
        ({"status_code": 200, "text": "<html>"}, TemporaryRemoteError),
        ({"status_code": 400, "json": {}}, TemporaryRemoteError),
        ({"status_code": 200, "json": {}}, TemporaryRemoteError),
    ],
)
def test_errors_of_the_facade(
    db: Any, requests_mock: Any, response: Any, expected: Any
) -> None:
    requests_mock.get(f"{ROOT}vestigingen/{DONALD}", **response)
    source = HaalCentraalSource(make_service(ROOT))
    with pytest.raises(expected):
        source.look_up(NhrNummer(NhrSoort.VESTIGING, DONALD))


def test_a_deprecation_is_logged(register: Peer, db: Any, requests_mock: Any) -> None:
    warning = '299 https://api.kvk.nl/api/v1 "Deze versie verdwijnt"'
    requests_mock.get(ROOT + PATH, json={"a": 1}, headers={"Warning": warning})
    with capture_logs() as lines:
        ask_kvk(make_service(ROOT), PATH, paid=True)
    assert [line["warning"] for line in lines] == [warning]
