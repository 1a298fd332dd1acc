"""Shared fixtures of the tests of requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api_client import URL, WRITES, ApiClient
from tests.bodies import KINDS, full_body


@pytest.fixture
def answers(api: ApiClient) -> Callable[..., list[Any]]:
    """Return the responses to POST, PUT and PATCH of a body with the same errors."""

    def send(data: Any = ..., *, kind: str = KINDS[0], **options: Any) -> list[Any]:
        klant = api.post(full_body(kind, klantnummer="first"))
        paths = (URL, klant.json()["url"], klant.json()["url"])
        return [
            api.request(method, path, data, **options)
            for method, path in zip(WRITES, paths, strict=True)
        ]

    return send
