"""Logical replication of every table, as used by backup and reporting tools."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.db import connection

import psycopg
import pytest

from klanten_plugin.models import Klant
from testapp.launcher.console import log_file
from testapp.launcher.errors import LauncherError
from testapp.launcher.ports import free_port
from testapp.launcher.postgres import DATABASE, USER, Cluster
from testapp.launcher.processes import Supervisor
from testapp.launcher.wheels import installed_wheels
from tests.api_client import ApiClient
from tests.bodies import KINDS, full_body
from tests.database.test_migrations import creating_all
from tests.domain.klanten.test_count import INSERT
from tests.faults.rig import eventually, run_folders

SETTINGS = (
    "wal_level=logical",
    "max_logical_replication_workers=4",
    "max_worker_processes=8",
)


@pytest.mark.django_db
def test_writes_go_on_under_a_publication_of_all_tables(api: ApiClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    # often enough that changes of the counter are merged several times
    for number in range(150):
        klant = api.create(**full_body(KINDS[number % 3], klantnummer=f"r{number}"))
        if number % 3:
            assert api.delete(klant["url"]).status_code == 204
    assert api.get().json()["count"] == Klant.objects.count() == 50


def tables() -> str:
    """Return the SQL of our tables and triggers, and of the tables they refer to."""
    with connection.schema_editor(collect_sql=True) as editor:
        for model in apps.get_app_config("klanten_plugin").get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
    stubs = [
        "CREATE TABLE zgw_consumers_service (id int PRIMARY KEY)",
        "CREATE TABLE audittrails_audittrail (hoofd_object text, bron text)",
    ]
    statements = [*stubs, *(each.rstrip(";") for each in editor.collected_sql)]
    return ";\n".join([*statements, creating_all()])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a separate server, without a database name."""
    log = tmp_path_factory.mktemp("replication") / "log"
    with ExitStack() as stack:
        _data, parent, account = run_folders(stack)
        try:
            wheels = installed_wheels(parent.parent)
        except LauncherError as error:
            pytest.skip(str(error))
        cluster = Cluster(wheels, parent, account, "secret")
        supervisor = stack.enter_context(Supervisor(stack.enter_context(log_file(log))))
        cluster.prepare(supervisor)
        port = free_port()
        part = cluster.part(port, throwaway=True)
        options = [option for each in SETTINGS for option in ("-c", each)]
        started = supervisor.start(replace(part, command=[*part.command, *options]))
        eventually(lambda: cluster.is_ready(started.pid, port), "PostgreSQL is up")
        yield cluster.url(port).removesuffix(DATABASE)


def contents(subscriber: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return every row of every table of ours."""
    names = subscriber.execute(
        "SELECT tablename FROM pg_tables WHERE tablename LIKE 'klanten%'"
    ).fetchall()
    return {
        name: subscriber.execute(
            f"SELECT array_agg(t::text ORDER BY t::text) FROM {name} AS t"
        ).fetchall()
        for (name,) in names
    }


COUNT = "SELECT coalesce(sum(change), 0) FROM klanten_plugin_klantcount"


@pytest.mark.django_db
def test_a_subscriber_ends_equal(server: str) -> None:
    sql = tables()
    with ExitStack() as stack:

        def opened(name: str) -> psycopg.Connection[Any]:
            made = psycopg.connect(f"{server}{name}", autocommit=True)
            return stack.enter_context(made)

        admin = opened(DATABASE)
        for name in ("publisher", "subscriber"):
            admin.execute(f"CREATE DATABASE {name}")
        publisher, subscriber = opened("publisher"), opened("subscriber")
        for each in (publisher, subscriber):
            each.execute(sql)
        publisher.execute(INSERT % (1, 20))  # copied; later changes are replicated
        publisher.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        # both in one server, so create the slot beforehand, or each would wait for the
        # other
        publisher.execute("SELECT pg_create_logical_replication_slot('s', 'pgoutput')")
        port = publisher.info.port
        subscriber.execute(
            f"CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port={port} user={USER}"
            " password=secret dbname=publisher' PUBLICATION everything"
            " WITH (create_slot = false, slot_name = 's')"
        )
        for number in range(100, 300):
            publisher.execute(INSERT % (number, number))
        publisher.execute("DELETE FROM klanten_plugin_klant WHERE klantnummer < '15'")
        publisher.execute(
            "INSERT INTO klanten_plugin_klantadres (klant_id, straatnaam, huisletter,"
            " huisnummertoevoeging, postcode, woonplaatsnaam, landcode)"
            " SELECT id, 'Kade', '', '', '', '', '' FROM klanten_plugin_klant"
        )
        publisher.execute("UPDATE klanten_plugin_klantadres SET straatnaam = 'Laan'")

        eventually(
            lambda: contents(subscriber) == contents(publisher),
            "the subscriber is equal",
        )

        [[count]] = subscriber.execute(COUNT).fetchall()
        [[there]] = subscriber.execute(
            "SELECT count(*) FROM klanten_plugin_klant"
        ).fetchall()
        assert count == there > 100
        # promoted: it maintains the count itself, and its keys don't collide
        subscriber.execute("ALTER SUBSCRIPTION s DISABLE")
        subscriber.execute("ALTER SUBSCRIPTION s SET (slot_name = NONE)")
        subscriber.execute("DROP SUBSCRIPTION s")
        subscriber.execute("DELETE FROM klanten_plugin_klantadres")
        subscriber.execute("DELETE FROM klanten_plugin_klant WHERE klantnummer = '299'")
        [[after]] = subscriber.execute(COUNT).fetchall()
        assert after == count - 1
