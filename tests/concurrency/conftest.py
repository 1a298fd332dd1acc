"""A server on the database of the tests, and a consumer of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api_client import KLANTEN, make_application
from tests.concurrency.consumer import KLANTNUMMERS, Consumer
from tests.served.server import running_server

WORKERS = 72
"""The maximum number of concurrent requests."""


@pytest.fixture(scope="package")
def origin(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The origin of a server with few klantnummers, so that they collide."""
    with django_db_blocker.unblock():
        server = running_server(WORKERS, last_number=int(KLANTNUMMERS[-1]))
        with server as url:
            yield url


@pytest.fixture
def consumer(transactional_db: None, multi_component: None, origin: str) -> Consumer:
    """A consumer with every scope of the API."""
    return Consumer(origin, make_application("all", *KLANTEN).token)
