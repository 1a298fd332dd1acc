"""Outages of other systems, from the network to monitoring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F

import pytest
from zgw_consumers.models import Service

from klanten_plugin.contrib.health import probes
from klanten_plugin.contrib.telemetry import GAUGES
from klanten_plugin.models import NhrBron, OutboxRow
from tests.api_client import ApiClient
from tests.nhr import Peer, vestiging, work

pytestmark = pytest.mark.django_db

FAULTS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503},
    "429": {"kind": "status", "status": 429},
    "IPD9999": {"kind": "ipd", "code": "IPD9999", "status": 500},
    "a page of a gateway": {"kind": "html"},
    "closes the connection": {"kind": "reset"},
    "doesn't answer in time": {"kind": "slow", "seconds": 1.5},
}
REFUSED: dict[str, dict[str, Any]] = {
    "401": {"kind": "status", "status": 401},
    "403": {"kind": "status", "status": 403},
}
"""A source that rejects us is stopped after one response: it isn't transient."""


def nhr(client: Any) -> tuple[bool, bool]:
    """Return whether the status, and whether the alert rule, reports KVK."""
    checks: dict[str, Any] = {}
    while "nhr" not in checks:  # a busy database may not respond within a second
        probes.DATABASE.valid_until = 0.0
        probes.WORK.valid_until = 0.0
        checks = client.get("/gezondheid/status").json()["checks"]
    gauge = GAUGES["klanten_plugin.nhr.failing"].values()
    return checks["nhr"]["ok"] is False, max(number for number, _tags in gauge) > 30


def let_pass(seconds: float) -> None:
    time = timedelta(seconds=seconds)
    OutboxRow.objects.update(next_attempt_at=F("next_attempt_at") - time)
    NhrBron.objects.update(
        failing_since=F("failing_since") - time,
        paused_until=F("paused_until") - time,
        stopped_at=F("stopped_at") - time,
    )


@pytest.mark.parametrize("fault", [*FAULTS, *REFUSED])
def test_an_outage_of_kvk_is_seen_within_two_minutes(
    api: ApiClient, kvk: Peer, client: Any, fault: str
) -> None:
    Service.objects.update(timeout=1)
    kvk.fault(**{**FAULTS, **REFUSED}[fault] | {"count": 1000})
    api.create(**vestiging())
    work()
    assert nhr(client) == (False, False)
    # the next retry is within a minute and a tick of beat
    let_pass(90)
    work()
    assert nhr(client) == (True, True)

    kvk.mend()
    let_pass(2 * 3600)
    work()
    assert nhr(client) == (False, False)


@pytest.mark.parametrize("fault", FAULTS)
def test_one_answer_of_a_gateway_is_no_outage(
    api: ApiClient, kvk: Peer, client: Any, fault: str
) -> None:
    Service.objects.update(timeout=1)
    kvk.fault(**FAULTS[fault])
    api.create(**vestiging())
    work()
    let_pass(89)
    assert nhr(client) == (False, False)
    let_pass(60)
    work()
    assert nhr(client) == (False, False)
    assert NhrBron.objects.get().failing_since is None


def test_a_number_that_kvk_is_processing_is_no_outage(
    api: ApiClient, kvk: Peer, client: Any
) -> None:
    """KVK's own message says "in five minutes", but it may take longer."""
    kvk.fault("ipd", code="IPD1002", count=3)
    api.create(**vestiging())
    for _try in range(3):
        work()
        let_pass(3600)
        assert nhr(client) == (False, False)
