"""Fixtures for all tests: applications with a token, and a client for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

import pytest
from simple_certmanager.models import Certificate
from vng_api_common.authorizations.models import AuthorizationsConfig

from tests.api_client import KLANTEN, ApiClient, make_application
from tests.dataservice import DataservicePeer, running_dataservice
from tests.nhr import Peer, add_source, redis_url, running_peer
from tests.selection import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_ignore_collect,
)

__all__ = [
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_ignore_collect",
]


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> None:
    """Use a cheap password hasher, which saves half a second per login."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Isolate the cache of each test."""
    cache.clear()


def set_component(component: str) -> None:
    """Set the component of the host itself."""
    config = AuthorizationsConfig.get_solo()
    config.component = component
    # the suite's migrations configure a server on the internet
    config.authorizations_api_service = None
    config.save()


@pytest.fixture
def multi_component(db: Any) -> None:
    """A host with several APIs: its own component isn't ``kc``."""
    set_component("zrc")


@pytest.fixture
def api(multi_component: None) -> ApiClient:
    """A client with every scope of the API."""
    return make_application("all", *KLANTEN)


@pytest.fixture
def klant(api: ApiClient) -> dict[str, Any]:
    """A klant with only the required fields, as returned by the API."""
    return api.create()


@pytest.fixture
def subject_url(requests_mock: Any) -> str:
    """The URL of an existing subject."""
    url = "https://subjecten.example.nl/api/v1/subjecten/1"
    requests_mock.get(url, json={"url": url})
    return url


@contextmanager
def _own_queries(on: Any = connection) -> Iterator[list[str]]:
    queries: list[str] = []
    with CaptureQueriesContext(on) as captured:
        yield queries
    own = ("klanten_plugin_", "audittrails_")
    statements = (query["sql"] for query in captured.captured_queries)
    queries += [sql for sql in statements if any(name in sql for name in own)]


@pytest.fixture
def own_queries() -> Callable[..., Any]:
    """Collect the queries on the tables of klanten and their audit trail.

    On the default connection, or the given one. Queries of the token check are
    excluded, because their number depends on the version of the suite.
    """
    return _own_queries


@pytest.fixture(scope="session")
def _register() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


@pytest.fixture
def register(_register: Peer, settings: Any) -> Peer:
    """The trade register, not yet configured as a source."""
    settings.KLANTEN_NHR_LIMITER_URL = redis_url()
    _register.reset()
    return _register


@pytest.fixture
def kvk(register: Peer, db: Any) -> Peer:
    """The trade register, with KVK's APIs as the only source."""
    add_source(register)
    return register


@pytest.fixture(scope="session")
def _dataservice() -> Iterator[DataservicePeer]:
    with running_dataservice() as peer:
        yield peer


@pytest.fixture
def private_files(tmp_path: Path, monkeypatch: Any) -> Path:
    """The folder for certificates of this test."""
    storage: Any = Certificate._meta.get_field("public_certificate").storage
    storage.path("")
    kept = vars(getattr(storage, "_wrapped", storage))
    for name in ("base_location", "location"):
        monkeypatch.setitem(kept, name, str(tmp_path))
    return tmp_path


@pytest.fixture
def dataservice(
    _dataservice: DataservicePeer, private_files: Path, settings: Any
) -> DataservicePeer:
    """KVK Dataservice, not yet configured as a source."""
    settings.KLANTEN_NHR_LIMITER_URL = redis_url()
    _dataservice.reset()
    return _dataservice
