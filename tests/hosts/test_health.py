"""The health endpoints, as used by a load balancer and ``curl | jq``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.backends.signals import connection_created
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker

from klanten_plugin.constants import OutboxKind, OutboxState, RolSoort
from klanten_plugin.contrib.health import probes
from klanten_plugin.models import KlantenConfig, NhrBron, OutboxRow, RolBron
from klanten_plugin.sync.outbox.heartbeat import KEY
from tests.nhr import make_service

pytestmark = pytest.mark.django_db

KEPT = (probes.DATABASE, probes.BROKER, probes.OUTBOX, probes.WORK)

Ask = Callable[[str], tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def worker() -> Iterator[None]:
    with start_worker(current_app, perform_ping_check=False, pool="solo"):
        yield


@pytest.fixture
def ask(client: Any) -> Ask:
    """Return the status code, and the checks in the response by name."""

    def get(name: str) -> tuple[int, dict[str, Any]]:
        for kept in KEPT:
            kept.valid_until = 0.0
        response = client.get(f"/gezondheid/{name}")
        body = response.json()
        assert (body["status"] == "ok") is (response.status_code == 200)
        assert response["Cache-Control"] == "no-store"
        return response.status_code, body["checks"]

    return get


def no_database(monkeypatch: Any) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")


def not_migrated(monkeypatch: Any) -> None:
    monkeypatch.setattr(
        probes.MigrationRecorder, "applied_migrations", lambda recorder: {}
    )


def no_broker(monkeypatch: Any) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")


def no_worker(monkeypatch: Any) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "memory://")


def no_beat(monkeypatch: Any) -> None:
    cache.set(KEY, time.time() - 120)


def kvk_with(**fields: Any) -> Callable[[Any], None]:
    """Create a source in this state, which has failed for longer than a hiccup."""

    def make(monkeypatch: Any) -> None:
        NhrBron.objects.create(
            config=KlantenConfig.get_solo(),
            soort="eigen",
            class_path="x.y",
            failing_since=timezone.now() - timedelta(seconds=probes.NHR_SECONDS + 1),
            **fields,
        )

    return make


def owner_with(failures: int) -> Callable[[Any], None]:
    """Create a service with roles, with this number of consecutive failures."""
    return lambda monkeypatch: make_owner(failures)


def make_owner(failures: int) -> None:
    service = make_service("http://127.0.0.1:1/")
    KlantenConfig.get_solo().verzoeken_services.add(service)
    RolBron.objects.update_or_create(
        service=service,
        soort=RolSoort.VERZOEKEN,
        defaults={"active": True, "failures": failures},
    )


def given_up(monkeypatch: Any) -> None:
    OutboxRow.objects.create(
        kind=OutboxKind.ROL_BRON, object_key="1", state=OutboxState.GIVEN_UP
    )


def wait_until_well(ask: Ask) -> None:
    """Retry, because a worker on a busy machine may not reply in time."""
    for _try in range(10):
        cache.set(KEY, time.time())
        code, checks = ask("status")
        if code == 200:
            return
    pytest.fail(str(checks))


BROKEN: dict[str, tuple[str, Callable[[Any], None], int]] = {
    "no database": ("database", no_database, 503),
    "not migrated": ("migrations", not_migrated, 503),
    # requests don't depend on these
    "no broker": ("broker", no_broker, 200),
    "no worker": ("workers", no_worker, 200),
    "no beat": ("beat", no_beat, 200),
    "KVK": ("nhr", kvk_with(failures=2), 200),
    "KVK refuses": ("nhr", kvk_with(stopped_at=timezone.now()), 200),
    "owner of roles": ("rollen", owner_with(2), 200),
    "rows given up": ("outbox", given_up, 200),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_outage_is_named(
    ask: Ask, worker: None, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    name, break_it, ready = BROKEN[case]
    wait_until_well(ask)
    break_it(monkeypatch)
    code, checks = ask("status")
    assert code == 503
    assert {one for one, outcome in checks.items() if outcome["ok"] is False} == {name}
    assert ask("ready")[0] == ready
    assert ask("live") == (200, {})


@pytest.mark.parametrize("hiccup", [kvk_with(failures=1), owner_with(1)])
def test_one_answer_is_no_outage(
    ask: Ask, worker: None, hiccup: Callable[[Any], None]
) -> None:
    """While it restarts, a gateway responds once instead of another system."""
    wait_until_well(ask)
    hiccup(None)
    wait_until_well(ask)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("table", "named"),
    [
        (OutboxRow, "outbox"),
        (NhrBron, "database"),
        (RolBron, "database"),
        (MigrationRecorder.Migration, "database"),
    ],
)
def test_each_statement_has_a_time_limit(ask: Ask, table: Any, named: str) -> None:
    """The table is locked until the probe returns, as timed by PostgreSQL."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = '20s'")
            cursor.execute("BEGIN")
            cursor.execute(f"LOCK TABLE {table._meta.db_table}")
            code, checks = ask("status")
            # still locked, so the timeout ended the wait
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert code == 503
    assert checks[named] == {"ok": False, "error": "OperationalError"}


def test_nothing_is_left_in_the_session(ask: Ask) -> None:
    """Behind PgBouncer, the next statement on that session is of another client."""
    statements = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    def watch(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(record)

    connection_created.connect(watch)
    try:
        assert ask("ready")[0] == 200
    finally:
        connection_created.disconnect(watch)
    assert statements
    assert not [sql for sql in statements if sql.startswith("SET ")]


def test_only_reading(client: Any) -> None:
    for name in ("live", "ready", "status"):
        assert client.post(f"/gezondheid/{name}").status_code == 405


def test_many_probes_ask_once(
    ask: Ask, worker: None, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Concurrent probes share the result of the first one."""
    assert ask("ready")[0] == 200
    no_database(monkeypatch)
    assert client.get("/gezondheid/ready").status_code == 200
    assert ask("ready")[0] == 503


def test_the_api_has_no_such_url(client: Any) -> None:
    """The official document has no health endpoint, so operators mount it."""
    assert client.get("/klanten/api/v1/ready").status_code == 404
