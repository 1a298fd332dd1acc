"""Compare confirmed changes with klanten, audit lines and notifications."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ledger import Account, Balance
from tests.faults.rig import OPEN
from tests.machines.load import Load
from tests.machines.rig import Machines

LINES = """
    SELECT hoofd_object, array_agg(actie ORDER BY id)
    FROM audittrails_audittrail WHERE hoofd_object = ANY(%s) GROUP BY hoofd_object
"""
KLANTEN = """
    SELECT uuid::text, voornaam FROM klanten_plugin_klant WHERE uuid = ANY(%s::uuid[])
"""
DELETIONS = """
    SELECT klant_uuid::text, (removed->>'audittrail')::int
    FROM klanten_plugin_deletion WHERE klant_uuid = ANY(%s::uuid[])
"""
AS_NOTIFIED = {"partial_update": "update"}


@dataclass
class Trail:
    """The acties of the audit lines of a klant.

    Those of a deleted klant are removed with it. Their number is in the register of
    deletions: ``removed``, or ``None`` if the klant wasn't deleted.
    """

    acties: list[str] = field(default_factory=list)
    removed: int | None = None

    def has(self, account: Account) -> bool:
        """Whether all confirmed changes are in it, in order."""
        if self.removed is not None:
            before = [actie for actie in account.acties if actie != "destroy"]
            return 0 <= self.removed - len(before) <= account.unknown
        rest = iter(self.acties)
        return all(actie in rest for actie in account.acties)

    def agrees(self, notified: Counter[str]) -> bool:
        """Whether exactly these changes were notified."""
        if self.removed is not None:
            return notified["destroy"] == 1 and notified.total() == self.removed + 1
        return notified == Counter(self.acties)


@dataclass(frozen=True)
class Verdict:
    """Numbers of klanten with something missing; all should be 0."""

    balance: Balance
    missing: int
    """Klanten that aren't there, or without the last confirmed value."""
    unlogged: int
    """Klanten whose audit lines don't include all confirmed changes, in order."""
    unmatched: int
    """Klanten whose audit lines differ from the notifications."""
    left: int
    """Rows that are still waiting in the outbox."""

    @property
    def is_whole(self) -> bool:
        lost = self.balance.lost, self.missing, self.unlogged, self.unmatched, self.left
        return not any(lost) and not self.balance.disordered


def verdict(machines: Machines, load: Load) -> Verdict:
    """Compare everything, once the outbox is empty."""
    messages = machines.stub.messages()
    accounts = load.ledger.accounts
    trails = audit_trails(machines, list(accounts))
    told = notified(messages)
    return Verdict(
        load.ledger.balance(messages),
        missing(machines, load),
        sum(not trails[url].has(account) for url, account in accounts.items()),
        sum(
            not trail.agrees(told.get(url, Counter())) for url, trail in trails.items()
        ),
        machines.count(OPEN),
    )


def audit_trails(machines: Machines, urls: list[str]) -> dict[str, Trail]:
    """Return the trail of each klant."""
    by_key = {key(url): Trail() for url in urls}
    for url, acties in machines.sql(LINES, urls):
        found = [AS_NOTIFIED.get(actie, actie) for actie in acties]
        by_key[key(url)].acties = found
    for uuid, removed in machines.sql(DELETIONS, list(by_key)):
        by_key[uuid].removed = removed
    return {url: by_key[key(url)] for url in urls}


def missing(machines: Machines, load: Load) -> int:
    expected = {
        key(url): values
        for visitor in load.visitors
        for url, values in visitor.voornamen.items()
    }
    found = dict(machines.sql(KLANTEN, list(expected)))
    return sum(found.get(uuid) not in values for uuid, values in expected.items())


def key(url: str) -> str:
    return url.rpartition("/")[2]


def notified(messages: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Return the acties of the notifications by klant. Duplicates count once."""
    once = {
        (each["resourceUrl"], each["aanmaakdatum"], each["actie"]) for each in messages
    }
    told: dict[str, Counter[str]] = {}
    for url, _moment, actie in once:
        told.setdefault(url, Counter())[actie] += 1
    return told
