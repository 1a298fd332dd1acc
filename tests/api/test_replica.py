"""Reads from a replica, with the router and middleware of ``contrib.replica``.

The replica is the same database over a read-only connection. A real one adds
replication lag, which is a matter of the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

import pytest

from klanten_plugin.contrib.replica import ReplicaRouter
from klanten_plugin.domain.klanten.locking import lock_klant
from klanten_plugin.models import Klant
from tests import api_client
from tests.api_client import URL, ApiClient
from tests.bodies import KINDS, full_body
from tests.pooler import pooler_without_server
from tests.test_checks import ids

MODULE = "klanten_plugin.contrib.replica"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def replica(settings: Any) -> Iterator[Any]:
    """The connection for reads; a write over it fails."""
    # a copy keeps the alias, because pytest-django forbids tests to use others
    readonly = connection.copy()
    readonly.settings_dict["OPTIONS"]["options"] = "-c default_transaction_read_only=on"
    readonly.settings_dict["CONN_HEALTH_CHECKS"] = True
    connections["replica"] = readonly
    settings.KLANTEN_REPLICA = "replica"
    settings.DATABASE_ROUTERS = [f"{MODULE}.ReplicaRouter"]
    settings.MIDDLEWARE = [f"{MODULE}.ReplicaMiddleware", *settings.MIDDLEWARE]
    api_client.handler.cache_clear()
    ReplicaRouter.away_until = 0.0
    try:
        yield readonly
    finally:
        ReplicaRouter.away_until = 0.0
        readonly.close()
        del connections["replica"]
        api_client.handler.cache_clear()


READS: dict[str, Callable[[ApiClient, str], Any]] = {
    "page": lambda api, _url: api.get(),
    "filter": lambda api, _url: api.get(f"{URL}?subjectType=vestiging"),
    "detail": lambda api, url: api.get(url),
    "head": lambda api, url: api.request("HEAD", url),
    "304": lambda api, url: api.get(
        url, headers={"If-None-Match": api.get(url).headers["ETag"]}
    ),
}


@pytest.mark.parametrize("read", READS)
def test_klanten_are_read_from_the_replica(
    api: ApiClient, replica: Any, own_queries: Callable[..., Any], read: str
) -> None:
    url = api.create()["url"]
    api.get(url)  # stores the ETag

    with own_queries(replica) as there, own_queries() as here:
        answer = READS[read](api, url)

    assert answer.status_code == (304 if read == "304" else 200)
    assert there
    assert not here


@pytest.mark.parametrize("kind", KINDS)
def test_changes_are_made_where_they_can_be(
    api: ApiClient, replica: Any, kind: str
) -> None:
    with CaptureQueriesContext(replica) as there:
        created = api.post(full_body(kind))
        url = created.json()["url"]
        changed = api.patch(url, {"achternaam": "Jansen"})
        stale = api.patch(url, {"subjectType": "onbekend"})
        gone = api.delete(url)

    statuses = [each.status_code for each in (created, changed, stale, gone)]
    assert statuses == [201, 200, 400, 204]
    assert not there.captured_queries


def test_the_etag_of_a_first_reader_is_kept(
    api: ApiClient, replica: Any, own_queries: Callable[..., Any]
) -> None:
    url = api.create()["url"]

    with own_queries() as here:
        first = api.get(url)
        again = api.get(url)

    assert first.headers["ETag"] == again.headers["ETag"]
    assert len([sql for sql in here if "UPDATE" in sql]) == 1


def test_a_replica_that_is_gone(api: ApiClient, replica: Any) -> None:
    """A kept connection is lost, and no new one can be made: the primary is used."""
    url = api.create()["url"]
    assert api.get(url).status_code == 200

    replica.connection.pgconn.finish()
    replica.settings_dict["PORT"] = "1"
    replica.health_check_enabled, replica.health_check_done = True, False

    assert api.get(url).status_code == 200
    assert api.get().json()["count"] == 1
    assert ReplicaRouter.away_until > 0


@pytest.mark.parametrize("known", [True, False])
def test_a_replica_that_is_gone_behind_a_pooler(
    api: ApiClient, replica: Any, known: bool
) -> None:
    """PgBouncer accepts clients while its server is down. Each statement fails."""
    url = api.create()["url"]
    if known:
        assert api.get(url).status_code == 200
        replica.connection.pgconn.finish()
        replica.health_check_enabled, replica.health_check_done = True, False

    with pooler_without_server() as port:
        replica.settings_dict |= {"HOST": "127.0.0.1", "PORT": port}
        replica.settings_dict["OPTIONS"].pop("options")  # PgBouncer refuses it
        assert api.get(url).status_code == 200
        assert api.get().json()["count"] == 1
    assert ReplicaRouter.away_until > 0


class Elsewhere:
    """A router that reads klanten from another database than it writes to."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"


def test_a_router_that_reads_elsewhere(replica: Any, settings: Any) -> None:
    """The checks warn about it. A klant is locked and read on the same database."""
    klant = Klant.objects.create(bronorganisatie="123456782", klantnummer="1")
    settings.DATABASE_ROUTERS = [f"{__name__}.Elsewhere"]

    assert "klanten_plugin.W030" in ids(databases=False)
    with CaptureQueriesContext(replica) as there, transaction.atomic():
        assert lock_klant(klant.pk) == klant
    assert not there.captured_queries


@pytest.mark.parametrize("alias", ["nowhere", "default"])
def test_a_replica_that_is_set_up_wrongly(settings: Any, alias: str) -> None:
    settings.KLANTEN_REPLICA = alias
    connection.settings_dict["CONN_HEALTH_CHECKS"] = False
    try:
        assert "klanten_plugin.W031" in ids(databases=False)
    finally:
        connection.settings_dict["CONN_HEALTH_CHECKS"] = True
