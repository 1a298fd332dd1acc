"""Outages, and a healthy day, as seen by external monitoring.

The status of each part, and the expressions of the alert rules in
``docs/monitoring.md``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from testapp.peers.nhr_register import Fout
from tests.faults.conftest import Profile, Say, assert_whole
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.monitor import Monitor
from tests.faults.rig import OUTBOX, PAUSE, WORKERS, Rig, eventually

WITHIN = 120.0
"""Seconds within which an outage must be detected."""

NOWHERE = "http://127.0.0.1:1/"
DAY = 24 * 3600

CONFIGURE = """
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service
from klanten_plugin.models import KlantenConfig, NhrBron, RolBron

def service(slug, api_root, **auth):
    values = dict(label=slug, api_root=api_root, api_type=APITypes.orc, **auth)
    return Service.objects.update_or_create(slug=slug, defaults=values)[0]

config = KlantenConfig.get_solo()
"""
KVK = (
    CONFIGURE
    + """
kvk = service("kvk", "{root}", auth_type=AuthTypes.api_key, header_key="apikey",
              header_value="{key}")
NhrBron.objects.create(config=config, soort="kvk", service=kvk)
"""
)
SOURCE = (
    CONFIGURE
    + """
verzoeken = service("verzoeken", "{root}", auth_type=AuthTypes.zgw, client_id="klanten",
                    secret="{key}")
config.verzoeken_services.add(verzoeken)
"""
)
MENDED = (
    CONFIGURE
    + """
NhrBron.objects.all().delete()
RolBron.objects.all().delete()
config.verzoeken_services.set([])  # the suite can't cope with clear()
Service.objects.filter(slug__in=["kvk", "verzoeken"]).delete()
"""
)


def stop_workers(rig: Rig) -> None:
    for name in WORKERS:
        rig.kill(name)


def start_workers(rig: Rig) -> None:
    for name in WORKERS:
        rig.start(name)


def choose_kvk(rig: Rig, *faults: dict[str, Any]) -> None:
    """Run the trade register with these faults, and use it as the source."""
    assert rig.host.peers is not None
    origin = rig.host.peers.origin("nhr")
    rig.start("nhr")
    eventually(lambda: rig.stub.is_up(origin), "the trade register serves")
    tell_kvk(rig, *faults)
    source = KVK.format(root=f"{origin}/api/", key=rig.host.peers.secret)
    rig.django("shell", "-v0", "-c", source)


def tell_kvk(rig: Rig, *faults: dict[str, Any]) -> None:
    assert rig.host.peers is not None
    url = f"{rig.host.peers.origin('nhr')}/_control/faults"
    requests.post(url, json=faults, timeout=30).raise_for_status()


def break_kvk(rig: Rig) -> None:
    choose_kvk(rig, {"kind": "status", "status": 503, "count": -1})
    assert Consumer(rig.host, Ledger()).create_vestiging()


def choose_source(rig: Rig) -> None:
    """Run a service with roles, and configure it."""
    assert rig.host.peers is not None
    peers = rig.host.peers
    rig.start("vrc")
    origin = peers.origin("verzoeken")
    eventually(lambda: rig.stub.is_up(origin), "the service with roles serves")
    source = SOURCE.format(root=peers.api_root("verzoeken"), key=peers.secret)
    rig.django("shell", "-v0", "-c", source)


def break_source(rig: Rig) -> None:
    """Let it work for a while, then stop responding."""
    choose_source(rig)
    eventually(lambda: rig.sql(f"{LOOKED} AND looked_at IS NOT NULL"), "was looked at")
    rig.kill("vrc")


def mend_services(rig: Rig) -> None:
    rig.django("shell", "-v0", "-c", MENDED)
    rig.sql(f"TRUNCATE {OUTBOX}")
    for name in ("nhr", "vrc"):
        if name in rig.running:
            rig.stop(name)


LOOKED = "SELECT 1 FROM klanten_plugin_rolbron WHERE chosen AND counts <> '{}'"
OUTAGES: dict[str, tuple[Callable[[Rig], None], Callable[[Rig], None]]] = {
    "workers": (stop_workers, start_workers),
    "beat": (lambda rig: rig.kill("beat"), lambda rig: rig.start("beat")),
    "broker": (lambda rig: rig.stop("redis"), lambda rig: rig.start("redis")),
    "nhr": (break_kvk, mend_services),
    "rollen": (break_source, mend_services),
}


@pytest.fixture
def monitor(rig: Rig) -> Iterator[Monitor]:
    pytest.importorskip("opentelemetry.exporter.prometheus")
    return Monitor(rig)


@pytest.mark.parametrize("part", OUTAGES)
def test_an_outage_is_seen_within_two_minutes(
    rig: Rig, monitor: Monitor, say: Say, part: str
) -> None:
    stop, start = OUTAGES[part]
    wait(lambda: not monitor.wrong() and not monitor.alarms())
    stop(rig)
    try:
        seen = wait(lambda: part in monitor.wrong())
        alarmed = wait(lambda: part in monitor.alarms())
    finally:
        start(rig)
    say(json.dumps({part: {"status": round(seen), "scrape": round(seen + alarmed)}}))
    assert seen + alarmed < WITHIN
    wait(lambda: not monitor.wrong() and not monitor.alarms())


def wait(condition: Callable[[], bool]) -> float:
    """Return the seconds until it holds. Fails after the maximum for outages."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < 2 * WITHIN
        time.sleep(PAUSE)
    return time.monotonic() - start


@pytest.fixture
def sources(rig: Rig) -> Iterator[None]:
    """A healthy trade register and a healthy service with roles."""
    choose_kvk(rig)
    choose_source(rig)
    try:
        yield
    finally:
        mend_services(rig)


def test_a_day_of_a_healthy_host_without_one_alarm(
    rig: Rig, monitor: Monitor, profile: Profile, say: Say, sources: None
) -> None:
    """Changes, rows that are due later, and an occasional error of a gateway.

    The clock is simulated by shifting the times in the database.
    """
    consumer = Consumer(rig.host, Ledger())
    life = consumer.live()
    step = DAY // profile.looks
    for look in range(profile.looks):
        next(life)
        plan_later_looks(rig, look)
        rig.wait_until_due_is_done()
        assert_quiet(monitor)
        have_a_hiccup(rig, consumer, look)
        assert_quiet(monitor)
        let_time_pass(rig, step)
    # exit code 1 is an alarm, so it fails here
    rig.django("klanten_outbox", "health")
    rig.sql(f"DELETE FROM {OUTBOX} WHERE kind = 'rol_controle'")  # noqa: S608
    rig.wait_until_settled()
    assert rig.sql(LOOKED)
    balance = consumer.ledger.balance(rig.stub.messages())
    say(f"{balance}; {profile.looks} looks of a monitor, no alarm")
    assert_whole(balance)


def assert_quiet(monitor: Monitor) -> None:
    """Check that there are no alarms, except short ones of rules with ``for: 1m``."""
    seen = monitor.wrong() | monitor.alarms()
    assert seen <= {"workers", "broker"}
    assert wait(lambda: not monitor.wrong() | monitor.alarms()) < WITHIN / 2


def plan_later_looks(rig: Rig, number: int) -> None:
    """Queue rows that are due up to an hour later and more, as a notification does."""
    for delay in (5, 60, 600, 3600, 7200):
        rig.sql(
            f"INSERT INTO {OUTBOX} (kind, object_key, object_url, ordered, state,"  # noqa: S608
            " attempts, last_error, next_attempt_at, due_at)"
            " SELECT 'rol_controle', %s, '', false, 'waiting', 0, '', moment, moment"
            " FROM (SELECT now() + %s * interval '1 second' AS moment) AS planned",
            f"0:{number}:{delay}",
            delay,
        )


def have_a_hiccup(rig: Rig, consumer: Consumer, number: int) -> None:
    """Make a gateway respond once instead of the register, or a number be pending."""
    hiccups: list[dict[str, Any]] = [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 404, "body": Fout("IPD1002").content()},
        {"kind": "html"},
    ]
    tell_kvk(rig, {**hiccups[number % len(hiccups)], "count": 1})
    assert consumer.create_vestiging()
    failed = "kind = 'nhr_overname' AND attempts = 1 AND state = 'waiting'"
    eventually(lambda: rig.count(failed), "the register was asked once")


MOVED = {
    OUTBOX: ("created_at", "due_at", "next_attempt_at", "lease_until", "settled_at"),
    "klanten_plugin_rolbron": (
        *("pass_started_at", "looked_at", "last_complete_at", "paused_until"),
    ),
    "klanten_plugin_nhrbron": ("stopped_at", "paused_until", "failing_since"),
}


def let_time_pass(rig: Rig, seconds: int) -> None:
    """Shift the times of the outbox and of other systems by these seconds."""
    for table, names in MOVED.items():
        moved = ", ".join(f"{name} = {name} - %s * interval '1 s'" for name in names)
        rig.sql(f"UPDATE {table} SET {moved}", *[seconds] * len(names))  # noqa: S608
