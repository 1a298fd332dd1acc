"""A second user of the same database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections

import pytest


@pytest.fixture
def other() -> Iterator[Any]:
    """A cursor on another connection."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()
