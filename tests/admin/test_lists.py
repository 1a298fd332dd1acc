"""Requirements for each of our lists in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import pytest

from klanten_plugin.admin.paginator import LongList
from klanten_plugin.models import KlantenConfig, KlantRol, NhrState, OutboxRow, RolBron
from tests.api_client import ApiClient
from tests.nhr import DONALD, vestiging
from tests.outbox import add

from .pages import OURS, text_of

LONG = [model for model, each in OURS.items() if isinstance(each, LongList)]


def list_of(model: Any) -> str:
    return f"/admin/klanten_plugin/{model._meta.model_name}/"


def statements(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        text_of(client.get(url))
    return [each["sql"] for each in captured.captured_queries]


def plan_of(cursor: Any, sql: str) -> str:
    cursor.execute(f"EXPLAIN {sql}")
    return "\n".join(row[0] for row in cursor.fetchall())


def test_which_lists_may_be_long() -> None:
    assert {KlantRol, NhrState, OutboxRow} <= set(LONG)


@pytest.mark.parametrize("model", LONG, ids=lambda model: model._meta.model_name)
def test_no_list_counts_all(beheer: Client, db: Any, model: Any) -> None:
    counts = [sql for sql in statements(beheer, list_of(model)) if "COUNT(" in sql]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


@pytest.mark.parametrize(
    ("model", "term"),
    [(NhrState, DONALD), (OutboxRow, "klant-1")],
    ids=["nhr", "outbox"],
)
def test_searching_reads_no_whole_table(
    beheer: Client, api: ApiClient, model: Any, term: str
) -> None:
    api.create(**vestiging(DONALD))
    add("klant-1")
    url = f"{list_of(model)}?q={term}"
    assert text_of(beheer.get(url)).count("action-select") >= 1
    with connection.cursor() as cursor:
        # with so few rows, an index is only used if sequential scans are expensive; an
        # unusable index isn't used then either
        cursor.execute("SET LOCAL enable_seqscan = off")
        pages = [
            sql
            for sql in statements(beheer, url)
            if f'FROM "{model._meta.db_table}"' in sql and "COUNT(" not in sql
        ]
        assert pages
        plans = [plan_of(cursor, sql) for sql in pages]
    for plan in plans:
        assert f"Seq Scan on {model._meta.db_table}" not in plan, plan


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_who_may_only_look_changes_nothing(
    medewerker: Callable[..., Client], api: ApiClient, model: Any
) -> None:
    api.create(**vestiging(DONALD))
    add("klant-1")
    KlantenConfig.get_solo()
    name = model._meta.model_name
    client = medewerker(f"view_{name}")
    assert client.get(list_of(model), follow=True).status_code == 200
    row = model._default_manager.first()
    paths = ["add/"] + ([f"{row.pk}/change/", f"{row.pk}/delete/"] if row else [])
    before = list(model._default_manager.values())
    for path in paths:
        response = client.post(f"{list_of(model)}{path}", {"post": "yes"})
        assert response.status_code == 403, path
    assert list(model._default_manager.values()) == before


def test_roles_by_klant(beheer: Client, db: Any) -> None:
    for term in ("6a0a6c0e-64dd-4f37-a9d7-ef1b49bbbb74", "geen uuid", "https://x.nl"):
        assert beheer.get(f"{list_of(KlantRol)}?q={term}").status_code == 200
    assert not RolBron.objects.exists()
