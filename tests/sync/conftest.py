"""Shared fixtures of other folders."""

from __future__ import annotations

import math

import pytest
from celery import current_app

from klanten_plugin import tasks
from tests.notificaties import notifications, nrc

__all__ = ["notifications", "nrc"]


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send hints to no worker. Each test determines who processes the rows."""
    monkeypatch.setitem(tasks.quiet_until, current_app.conf.broker_write_url, math.inf)
