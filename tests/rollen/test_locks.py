"""Deleting klanten while their roles are mirrored: one lock order, no deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from django.db import connection, connections, transaction

import pytest
import requests

from klanten_plugin.domain.rollen.mirror import apply_seen
from klanten_plugin.domain.rollen.sources import locked_bron, moment
from klanten_plugin.models import Klant, KlantRol, RolBron
from klanten_plugin.models.rollen import Relatie
from tests.api_client import KLANTEN, make_application
from tests.served.server import running_server

from .conftest import choose, make_klant, url_of
from .peers import RunningPeer

KLANTEN_AT_ONCE = 20
ROUNDS = 6


@pytest.fixture
def origin(transactional_db: None, multi_component: None) -> Iterator[str]:
    """The API as separate processes, on the database of this test."""
    with running_server(12) as url:
        yield url


@pytest.fixture
def bron(transactional_db: None, cm: RunningPeer) -> RolBron:
    return choose(cm)


def deleter(origin: str) -> Callable[[Klant], int]:
    """Return a function that deletes a klant over HTTP, and returns the status."""
    token = make_application("all", *KLANTEN).token
    headers = {"Authorization": f"Bearer {token}"}

    def delete(klant: Klant) -> int:
        url = f"{origin}/klanten/api/v1/klanten/{klant.uuid}"
        return requests.delete(url, headers=headers, timeout=60).status_code

    return delete


def relatie(bron: RolBron, klant: Klant, number: object, rol: str) -> Relatie:
    root = bron.service.api_root
    url = f"{root}klantcontactmomenten/{number}"
    return Relatie(url, url_of(klant), f"{root}contactmomenten/1", rol)


def test_a_page_is_mirrored_while_its_klanten_are_deleted(
    origin: str, bron: RolBron
) -> None:
    """All start at the same time. Every second role changes, the others don't."""
    delete = deleter(origin)
    for _round in range(ROUNDS):
        klanten = [make_klant() for _ in range(KLANTEN_AT_ONCE)]
        pages = [
            [
                relatie(bron, klant, f"{klant.uuid}-{n}", f"rol {version * (n % 2)}")
                for n in range(4)
                for klant in klanten
            ]
            for version in range(8)
        ]
        with locked_bron(bron.pk) as locked:
            apply_seen(locked, pages[0], moment())
        barrier = threading.Barrier(KLANTEN_AT_ONCE + 1)

        def mirror_all(pages: Any = pages, barrier: Any = barrier) -> None:
            barrier.wait()
            try:
                for page in pages:
                    with locked_bron(bron.pk) as locked:
                        apply_seen(locked, page, moment())
            finally:
                connections.close_all()

        def delete_one(klant: Klant, barrier: Any = barrier) -> int:
            barrier.wait()
            return delete(klant)

        with ThreadPoolExecutor(KLANTEN_AT_ONCE + 1) as pool:
            mirroring = pool.submit(mirror_all)
            statuses = list(pool.map(delete_one, klanten))
        mirroring.result()
        assert statuses == [204] * KLANTEN_AT_ONCE
    assert not KlantRol.objects.exclude(klant=None).exists()
    assert not Klant.objects.exists()


def test_a_deadlock_that_postgresql_reports_is_tried_again(
    origin: str, bron: RolBron
) -> None:
    """Code of the host locks a role and then its klant, which is the wrong order."""
    klant = make_klant()
    with locked_bron(bron.pk) as locked:
        apply_seen(locked, [relatie(bron, klant, uuid4(), "x")], moment())
    delete = deleter(origin)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            # long enough for the server's deadlock to be detected first
            run("SET LOCAL deadlock_timeout = '30s'")
            run("UPDATE klanten_plugin_klantrol SET rol = 'y'")
            deleting = pool.submit(delete, klant)
            wait_until_somebody_waits()
            run("SELECT 1 FROM klanten_plugin_klant FOR UPDATE")
        assert deleting.result() == 204
    assert KlantRol.objects.get().klant is None
    assert deadlocks() >= 1


def run(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def wait_until_somebody_waits() -> None:
    """Wait until a process waits for a lock of this transaction."""
    while not run(
        "SELECT 1 FROM pg_locks"
        " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    ):
        pass


def deadlocks() -> int:
    run("SELECT pg_stat_clear_snapshot()")
    [(count,)] = run(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return int(count)
