"""kla-001 with concurrent requests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import transaction

import pytest

from klanten_plugin.domain.klanten.write import update_klant
from klanten_plugin.exceptions import RuleViolation
from klanten_plugin.models import Klant
from tests.api_client import URL, klant_body
from tests.concurrency.consumer import (
    KLANTNUMMERS,
    Consumer,
    at_once,
    wait_until_somebody_waits,
)

PAIR = {"bronorganisatie": "123456782", "klantnummer": "K-1"}
OTHER = "517439943"
AT_ONCE = 20
CREATORS = 64
CLAIMANTS = 8
FREE = 10


def faults(response: Any) -> set[tuple[str, str]]:
    assert response.status_code == 400, response.text
    return {(each["name"], each["code"]) for each in response.json()["invalidParams"]}


def make_klanten(numbers: list[str]) -> list[Klant]:
    return Klant.objects.bulk_create(
        Klant(
            bronorganisatie=PAIR["bronorganisatie"],
            klantnummer=number,
            website_url="https://example.nl/",
            subject="https://example.nl/subject",
        )
        for number in numbers
    )


def assert_one_got_it(answers: list[Any], status: int) -> None:
    accepted = [answer for answer in answers if answer.status_code == status]
    refused = [answer for answer in answers if answer.status_code != status]
    assert len(accepted) == 1
    assert len(refused) == AT_ONCE - 1
    for answer in refused:
        assert faults(answer) == {("nonFieldErrors", "unique")}
    assert accepted[0].json()["klantnummer"] == PAIR["klantnummer"]
    assert Klant.objects.filter(**PAIR).count() == 1


def test_one_of_many_creates_gets_the_pair(consumer: Consumer) -> None:
    call = consumer.later("POST", URL, klant_body(**PAIR))
    assert_one_got_it(at_once([call] * AT_ONCE), 201)
    assert Klant.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "body"),
    [
        pytest.param("PATCH", {"klantnummer": PAIR["klantnummer"]}, id="PATCH"),
        pytest.param("PUT", {**PAIR, "websiteUrl": "https://new.example.nl"}, id="PUT"),
    ],
)
@pytest.mark.parametrize("mode", ["EXCLUSIVE", "SHARE"])
def test_one_of_many_updates_gets_the_pair(
    consumer: Consumer, method: str, body: dict[str, str], mode: str
) -> None:
    klanten = make_klanten(KLANTNUMMERS[:AT_ONCE])
    calls = [consumer.later(method, f"{URL}/{klant.uuid}", body) for klant in klanten]
    assert_one_got_it(at_once(calls, mode), 200)
    # the others haven't changed
    kept = Klant.objects.exclude(**PAIR).values_list("klantnummer", "website_url")
    assert len(set(kept) & set(_values(klanten))) == AT_ONCE - 1


def _values(klanten: list[Klant]) -> list[tuple[str, str]]:
    return [(klant.klantnummer, klant.website_url) for klant in klanten]


def test_klanten_that_take_each_others_number(consumer: Consumer) -> None:
    one, two = make_klanten(["K-1", "K-2"])
    take = consumer.later("PATCH", f"{URL}/{two.uuid}", {"klantnummer": "K-1"})
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            update_klant(one, {"klantnummer": "K-3"})
            answer = pool.submit(take)
            wait_until_somebody_waits()
            # refused, because otherwise both would wait for each other
            with pytest.raises(RuleViolation):
                update_klant(one, {"klantnummer": "K-2"})
        assert answer.result().status_code == 200
    assert set(Klant.objects.values_list("pk", "klantnummer")) == {
        (one.pk, "K-3"),
        (two.pk, "K-1"),
    }


def test_numbers_are_given_while_others_claim_theirs(consumer: Consumer) -> None:
    without = consumer.later("POST", URL, klant_body())
    claims = [
        consumer.later("POST", URL, klant_body(klantnummer=number))
        for number in KLANTNUMMERS[:CLAIMANTS]
    ]
    answers = at_once([without] * CREATORS + claims)
    for answer in answers[:CREATORS]:
        assert answer.status_code == 201, answer.text
    for answer in answers[CREATORS:]:
        assert answer.status_code == 201 or faults(answer) == {
            ("nonFieldErrors", "unique")
        }
    created = [a.json()["klantnummer"] for a in answers if a.status_code == 201]
    assert len(set(created)) == len(created) == Klant.objects.count()
    assert set(created) <= set(KLANTNUMMERS)


def test_the_last_numbers_are_given_once_each(consumer: Consumer) -> None:
    taken = KLANTNUMMERS[FREE // 2 : -(FREE - FREE // 2)]
    make_klanten(taken)
    call = consumer.later("POST", URL, klant_body())
    answers = at_once([call] * (3 * FREE))
    created = [a.json()["klantnummer"] for a in answers if a.status_code == 201]
    assert sorted(created) == sorted(set(KLANTNUMMERS) - set(taken))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {answer.status_code for answer in refused} == {409}
    assert {answer.json()["code"] for answer in refused} == {"klantnummers-uitgeput"}
    # another bronorganisatie has separate numbers
    assert consumer.request("POST", URL, klant_body(bronorganisatie=OTHER)).ok
