"""Reads from a replica, with the router of ``docs/scaling.md`` as it stands there.

The replica is the same database through a connection on which nothing can be written:
what a real one adds, its lag, is the operator's choice.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

import pytest

from tests import api_client
from tests.api_client import URL, ApiClient
from tests.bodies import KINDS, full_body

DOCS = Path(__file__).parents[2] / "docs" / "scaling.md"
MODULE = "replica_of_the_docs"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code of the page, where settings can name it."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    module = ModuleType(MODULE)
    exec(code, module.__dict__)  # noqa: S102 - our own page
    monkeypatch.setitem(sys.modules, MODULE, module)


@pytest.fixture
def replica(_documented: None, settings: Any) -> Iterator[Any]:
    """The connection that reads go over; a write over it fails."""
    # a copy keeps the alias: pytest-django would forbid a test another one
    readonly = connection.copy()
    readonly.settings_dict["OPTIONS"]["options"] = "-c default_transaction_read_only=on"
    connections["replica"] = readonly
    settings.DATABASE_ROUTERS = [f"{MODULE}.ReplicaRouter"]
    settings.MIDDLEWARE = [f"{MODULE}.replica_middleware", *settings.MIDDLEWARE]
    api_client.handler.cache_clear()
    try:
        yield readonly
    finally:
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
