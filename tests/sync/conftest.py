"""Shared fixtures of other folders."""

from __future__ import annotations

import math
from typing import Any

import pytest

from klanten_plugin import tasks
from tests.notificaties import notifications, nrc

__all__ = ["notifications", "nrc"]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: Any) -> None:
    """Don't notify workers of rows. Each test determines who processes them."""
    monkeypatch.setattr(tasks._Broker, "quiet_until", math.inf)
