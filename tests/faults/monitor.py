"""External monitoring: ``curl | jq`` on the health endpoint, and a scrape."""

from __future__ import annotations

import re

import requests

from tests.faults.rig import Rig

PREFIX = "klanten_plugin"


class Monitor:
    """Requests by external monitoring."""

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
        """Return the alert rules that fire."""
        text = self.session.get(f"{self.url}/metrics", timeout=30).text
        rules = {
            "broker": value(text, "broker_up") == 0,
            "workers": value(text, "workers") == 0,
            "beat": value(text, "beat_age_seconds") > 90,
            "nhr": value(text, "nhr_failing_seconds") > 30,
            "rollen": value(text, "rollen_failing") > 1,
            "given up": value(text, "outbox_given_up") > 0,
            "late": value(text, "outbox_oldest_seconds") > 3600,
        }
        return {name for name, holds in rules.items() if holds}


def value(text: str, name: str) -> float:
    """Return the highest value of a gauge, or -1 without one."""
    found = re.findall(rf"^{PREFIX}_{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    return max((float(number) for number in found), default=-1.0)
