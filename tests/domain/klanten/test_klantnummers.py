"""Cost of generating a klantnummer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from django.test import override_settings

import pytest

from klanten_plugin.domain.klanten.klantnummers import CANDIDATES, free_klantnummers
from klanten_plugin.exceptions import NumbersExhausted
from klanten_plugin.models import Klant

BRONORGANISATIE = "123456782"

pytestmark = pytest.mark.django_db


def take(first: int, last: int) -> None:
    """Use up these numbers."""
    Klant.objects.bulk_create(
        Klant(
            bronorganisatie=BRONORGANISATIE,
            klantnummer=f"{number:08}",
            website_url="https://example.nl/",
        )
        for number in range(first, last + 1)
    )


def test_the_first_is_tried_without_a_look(own_queries: Callable[[], Any]) -> None:
    with own_queries() as queries:
        assert next(free_klantnummers(BRONORGANISATIE))

    assert not queries


def test_one_query_for_many_candidates(own_queries: Callable[[], Any]) -> None:
    with own_queries() as queries:
        numbers = list(islice(free_klantnummers(BRONORGANISATIE), 1 + CANDIDATES))

    assert len(queries) == 1, queries
    assert len(numbers) == 1 + CANDIDATES


def test_numbers_in_use_are_no_candidates() -> None:
    with override_settings(KLANTEN_KLANTNUMMER_RANGE=(1, 40)):
        take(1, 39)
        # all except the first, which isn't looked up
        numbers = islice(free_klantnummers(BRONORGANISATIE), 1, 4)
        assert set(numbers) == {"00000040"}


@override_settings(KLANTEN_KLANTNUMMER_RANGE=(1, 1000))
def test_a_full_range_ends_after_a_fixed_number_of_queries(
    own_queries: Callable[[], Any],
) -> None:
    take(1, 1000)

    with own_queries() as queries, pytest.raises(NumbersExhausted):
        list(free_klantnummers(BRONORGANISATIE))

    assert len(queries) == 6, queries


@override_settings(KLANTEN_KLANTNUMMER_RANGE=(7, 7))
def test_a_number_that_is_taken_meanwhile_is_not_given_for_ever() -> None:
    numbers = free_klantnummers(BRONORGANISATIE)

    assert next(numbers) == "00000007"
    take(7, 7)

    with pytest.raises(NumbersExhausted):
        list(numbers)
