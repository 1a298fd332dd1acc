"""Number of statements to adopt the register's values for a klant."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

import pytest

from klanten_plugin.constants import NhrSoort
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr.refresh import refresh
from tests.api_client import ApiClient
from tests.nhr import DONALD, Peer, shown, vestiging

NUMBER = NhrNummer(NhrSoort.VESTIGING, DONALD)
TAKE_OVER = 14
"""Statements of the transaction that changes the klant, including BEGIN and COMMIT."""

REFRESH = 22
"""Statements of the complete refresh, including choosing sources and counting."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_adres", [False, True])
def test_a_refresh_of_one_klant(
    api: ApiClient, kvk: Peer, settings: Any, has_adres: bool
) -> None:
    settings.NOTIFICATIONS_DISABLED = False
    klant = api.create(**vestiging())
    if has_adres:
        refresh(NUMBER)
        kvk.profiel(DONALD)["eersteHandelsnaam"] = "Anders BV"
        kvk.profiel(DONALD)["adressen"][0]["huisnummer"] = 99

    with CaptureQueriesContext(connection) as captured:
        assert refresh(NUMBER) == 1

    statements = [query["sql"] for query in captured.captured_queries]
    assert len(statements) <= REFRESH, "\n".join(statements)
    (lock,) = (
        number
        for number, sql in enumerate(statements)
        if "FOR UPDATE" in sql and "klanten_plugin_klant " in sql
    )
    take_over = statements[lock - 1 : statements.index("COMMIT", lock) + 1]
    assert take_over[0] == "BEGIN"
    assert len(take_over) <= TAKE_OVER, "\n".join(take_over)
    assert shown(klant)["adres"]["straatnaam"] == "Hizzaarderlaan"
