"""Conversion of field names, and the cost of a representation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from klanten_plugin.domain.klanten.representation import (
    api_name,
    represent_klant,
    subject_of,
)
from klanten_plugin.domain.klanten.write import create_klant
from klanten_plugin.models import Klant
from klanten_plugin.models.groups import group_paths


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("klantnummer", "klantnummer"),
        ("website_url", "websiteUrl"),
        ("inp_a_nummer", "inpANummer"),
        ("sub_adres_buitenland_1", "subAdresBuitenland1"),
        ("non_field_errors", "nonFieldErrors"),
        ("0", "0"),
    ],
)
def test_names(name: str, spelled: str) -> None:
    assert api_name(name) == spelled


@pytest.mark.django_db
def test_costs_no_query_where_the_groups_are_loaded(
    own_queries: Callable[[], Any],
) -> None:
    create_klant(
        {
            "bronorganisatie": "123456782",
            "website_url": "https://example.nl/",
            "subject_type": "vestiging",
            "subject_identificatie": {"vestigings_nummer": "1"},
        }
    )
    klant = Klant.objects.select_related(*group_paths(Klant)).get()

    with own_queries() as queries:
        body = represent_klant(klant, "https://example.nl/1")

    assert queries == []
    assert body["subjectIdentificatie"]["verblijfsadres"] is None


def test_a_type_of_which_nothing_is_known() -> None:
    assert subject_of(Klant(subject_type="vestiging")) is None
    assert subject_of(Klant()) is None
