"""Compare what consumers were answered with what the Notificaties API received."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Account:
    """The acties of one klant that were answered 2xx, and how many had no answer."""

    acties: list[str] = field(default_factory=list)
    unknown: int = 0


@dataclass(frozen=True)
class Balance:
    """Sent is what was answered 2xx; a message that arrives twice is doubled."""

    sent: int
    received: int
    lost: int
    doubled: int
    disordered: list[str]

    def __str__(self) -> str:
        return (
            f"sent {self.sent}, received {self.received}, lost {self.lost}, "
            f"doubled {self.doubled}"
        )


class Ledger:
    """Keeps an account for each klant; one thread writes to an account."""

    def __init__(self) -> None:
        self.accounts: defaultdict[str, Account] = defaultdict(Account)

    def promise(self, url: str, actie: str) -> None:
        """The consumer was told that this happened."""
        self.accounts[url].acties.append(actie)

    def doubt(self, url: str) -> None:
        """The consumer was told nothing: it may have happened, or not."""
        self.accounts[url].unknown += 1

    def balance(self, messages: Iterable[dict[str, Any]]) -> Balance:
        """Hold the messages, in the order of arrival, against the promises."""
        arrived: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for message in messages:
            # the moment of the change tells one from the next
            key = (message["aanmaakdatum"], message["actie"])
            arrived[message["resourceUrl"]].append(key)
        lost = 0
        disordered = []
        for url, account in self.accounts.items():
            once = list(dict.fromkeys(arrived[url]))
            acties = [actie for _moment, actie in once]
            missing = Counter(account.acties) - Counter(acties)
            lost += missing.total()
            if not (_is_ordered(arrived[url]) and _fits(account, acties)):
                disordered.append(url)
        received = sum(len(keys) for keys in arrived.values())
        return Balance(
            sent=sum(len(account.acties) for account in self.accounts.values()),
            received=received,
            lost=lost,
            doubled=received - sum(len(set(keys)) for keys in arrived.values()),
            disordered=disordered,
        )


def _is_ordered(keys: list[tuple[str, str]]) -> bool:
    """Also what came twice came before what followed it."""
    moments = [moment for moment, _actie in keys]
    return moments == sorted(moments)


def _fits(account: Account, acties: list[str]) -> bool:
    """What was promised, in that order, and between it at most what is in doubt."""
    rest = iter(acties)
    in_order = all(actie in rest for actie in account.acties)
    extra = len(acties) - len(account.acties)
    return in_order and 0 <= extra <= account.unknown
