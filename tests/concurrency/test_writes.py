"""Concurrent changes of one klant."""

from __future__ import annotations

from typing import Any

import pytest
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin.models import Klant
from tests.api_client import URL
from tests.bodies import KINDS, SUB_VERBLIJF_BUITENLAND, VERBLIJFSADRES, full_body
from tests.concurrency.consumer import Consumer, at_once

Body = dict[str, Any]

CHANGES: list[Body] = [
    {"voornaam": "Noor"},
    {"achternaam": "Vos"},
    {"klantnummer": "K-2"},
    {"emailadres": "noor@example.nl"},
    {"adres": {"straatnaam": "Dam"}},
    {"adres": {"huisnummer": 1}},
    {"adres": {"postcode": "1012JS"}},
    {"subjectIdentificatie": {"voornamen": "Noor"}},
    {"subjectIdentificatie": {"inpBsn": "123456782"}},
    {
        "subjectIdentificatie": {
            "verblijfsadres": {**VERBLIJFSADRES, "aoaHuisnummer": 12}
        }
    },
    {
        "subjectIdentificatie": {
            "subVerblijfBuitenland": {**SUB_VERBLIJF_BUITENLAND, "lndLandcode": "6029"}
        }
    },
]
"""Changes that don't overwrite each other."""
KLANTEN = 15
AT_ONCE = 10


def merged(body: Body, change: Body) -> Body:
    """Return ``body`` with a change, merging groups field by field."""
    result = dict(body)
    for name, value in change.items():
        is_group = isinstance(value, dict)
        result[name] = merged(result[name], value) if is_group else value
    return result


def test_no_change_is_lost(consumer: Consumer) -> None:
    body = full_body("natuurlijk_persoon")
    first = consumer.request("POST", URL, body).json()
    calls = [consumer.later("PATCH", first["url"], change) for change in CHANGES]
    answers = at_once(calls)

    assert [answer.status_code for answer in answers] == [200] * len(CHANGES)
    expected = first
    for change in CHANGES:
        expected = merged(expected, change)
    last = consumer.request("GET", first["url"]).json()
    assert last == expected

    created, *lines = consumer.request("GET", f"{first['url']}/audittrail").json()
    versions = [line["wijzigingen"] for line in lines]
    assert len(lines) == len(CHANGES)
    assert created["wijzigingen"]["nieuw"] == first
    # each line starts from the state after the previous line
    assert [version["oud"] for version in versions] == [
        first,
        *(version["nieuw"] for version in versions[:-1]),
    ]
    assert versions[-1]["nieuw"] == last
    # and has the body of its own response
    answered = [answer.json() for answer in answers]
    assert all(version["nieuw"] in answered for version in versions)


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_is_made_once(consumer: Consumer, kind: str) -> None:
    klant = Klant.objects.create(
        bronorganisatie="123456782",
        klantnummer="K-1",
        website_url="https://example.nl/",
        subject="https://example.nl/subject",
        subject_type=kind,
    )
    abroad = {"subVerblijfBuitenland": SUB_VERBLIJF_BUITENLAND}
    change = {"adres": {"straatnaam": "Dam"}, "subjectIdentificatie": abroad}
    call = consumer.later("PATCH", f"{URL}/{klant.uuid}", change)
    answers = at_once([call] * AT_ONCE)

    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    body = answers[0].json()
    assert all(answer.json() == body for answer in answers)
    assert merged(body, change) == body


def test_a_delete_and_a_change_of_the_same_klant(consumer: Consumer) -> None:
    urls = [
        consumer.request(
            "POST", URL, full_body("vestiging", klantnummer=f"K-{number}")
        ).json()["url"]
        for number in range(KLANTEN)
    ]
    # process some changes before the deletions, as far as arrival determines the order
    calls = [consumer.later("DELETE", url) for url in urls]
    changes = [
        consumer.later("PATCH", url, {"adres": {"huisnummer": 2}}) for url in urls
    ]
    half = KLANTEN // 2
    answers = at_once(changes[:half] + calls + changes[half:])

    deleted = answers[half : half + KLANTEN]
    changed = answers[:half] + answers[half + KLANTEN :]
    assert {answer.status_code for answer in deleted} == {204}
    assert {answer.status_code for answer in changed} <= {200, 404}
    assert not Klant.objects.exists()
    assert not AuditTrail.objects.exists()
