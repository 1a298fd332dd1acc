"""Outages as a stranger's monitoring sees them: ``curl | jq``, and a scrape.

The status of each part and the expressions of the alert rules of ``docs/monitoring.md``.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.faults.conftest import Say
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import PAUSE, WORKERS, Rig

WITHIN = 120.0
"""Seconds in which an outage must be seen."""

PREFIX = "klanten_plugin"
NOWHERE = "http://127.0.0.1:1/"

CONFIGURE = f"""
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service
from klanten_plugin.models import KlantenConfig, NhrBron

def service(slug):
    values = dict(label=slug, api_root="{NOWHERE}" + slug + "/", api_type=APITypes.orc,
                  auth_type=AuthTypes.no_auth)
    return Service.objects.update_or_create(slug=slug, defaults=values)[0]

config = KlantenConfig.get_solo()
"""
KVK = (
    CONFIGURE
    + """
NhrBron.objects.create(config=config, soort="kvk", service=service("kvk"))
"""
)
SOURCE = (
    CONFIGURE
    + """
config.verzoeken_services.add(service("verzoeken-weg"))
"""
)
MENDED = (
    CONFIGURE
    + """
NhrBron.objects.all().delete()
config.verzoeken_services.clear()
"""
)


class Monitor:
    """What is asked from outside."""

    def __init__(self, rig: Rig) -> None:
        self.url = rig.host.address.url
        self.session = requests.Session()
        self.session.trust_env = False

    def wrong(self) -> set[str]:
        """``jq '.checks | to_entries[] | select(.value.ok == false) | .key'``."""
        answer = self.session.get(f"{self.url}/gezondheid/status", timeout=30)
        found = {
            name
            for name, part in answer.json()["checks"].items()
            if part["ok"] is False
        }
        assert (answer.status_code == 503) is bool(found)
        return found

    def alarms(self) -> set[str]:
        """The alert rules that hold."""
        text = self.session.get(f"{self.url}/metrics", timeout=30).text
        rules = {
            "broker": value(text, "broker_up") == 0,
            "workers": value(text, "workers") == 0,
            "beat": value(text, "beat_age_seconds") > 90,
            "nhr": value(text, "nhr_failing_seconds") > 60,
            "rollen": value(text, "rollen_failing") > 0,
            "given up": value(text, "outbox_given_up") > 0,
            "late": value(text, "outbox_oldest_seconds") > 3600,
        }
        return {name for name, holds in rules.items() if holds}


def value(text: str, name: str) -> float:
    """The largest number of a gauge; -1 without one."""
    found = re.findall(rf"^{PREFIX}_{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    return max((float(number) for number in found), default=-1.0)


def stop_workers(rig: Rig) -> None:
    for name in WORKERS:
        rig.kill(name)


def start_workers(rig: Rig) -> None:
    for name in WORKERS:
        rig.start(name)


def break_kvk(rig: Rig) -> None:
    rig.django("shell", "-v0", "-c", KVK)
    consumer = Consumer(rig.host, Ledger())
    assert consumer.create_vestiging()


def mend_services(rig: Rig) -> None:
    rig.django("shell", "-v0", "-c", MENDED)
    rig.sql("TRUNCATE klanten_plugin_outboxtask")


OUTAGES: dict[str, tuple[Callable[[Rig], None], Callable[[Rig], None]]] = {
    "workers": (stop_workers, start_workers),
    "beat": (lambda rig: rig.kill("beat"), lambda rig: rig.start("beat")),
    "broker": (lambda rig: rig.stop("redis"), lambda rig: rig.start("redis")),
    "nhr": (break_kvk, mend_services),
    "rollen": (
        lambda rig: rig.django("shell", "-v0", "-c", SOURCE) and None,
        mend_services,
    ),
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
    """Seconds until it holds, at most as long as an outage may go unseen."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < 2 * WITHIN
        time.sleep(PAUSE)
    return time.monotonic() - start
