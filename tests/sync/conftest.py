"""What the tests here share with those of other parts."""

from __future__ import annotations

import math
from typing import Any

import pytest

from klanten_plugin import tasks
from tests.notificaties import notifications, nrc

__all__ = ["notifications", "nrc"]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: Any) -> None:
    """Nobody is told of rows: each test says who works on them."""
    monkeypatch.setattr(tasks._Broker, "quiet_until", math.inf)
