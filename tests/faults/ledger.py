"""Compare the responses to consumers with the messages at the Notificaties API."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Account:
    """The acties of a klant with a 2xx response, and the number without a response."""

    acties: list[str] = field(default_factory=list)
    unknown: int = 0


@dataclass(frozen=True)
class Balance:
    """Messages for 2xx responses are sent; those that arrive twice are doubled."""

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
    """Keeps an account per klant. Only one thread writes to an account."""

    def __init__(self) -> None:
        self.accounts: defaultdict[str, Account] = defaultdict(Account)

    def promise(self, url: str, actie: str) -> None:
        """Record a change that was confirmed to the consumer."""
        self.accounts[url].acties.append(actie)

    def doubt(self, url: str) -> None:
        """Record a change without a response, which may have happened or not."""
        self.accounts[url].unknown += 1

    def balance(self, messages: Iterable[dict[str, Any]]) -> Balance:
        """Compare the messages, in order of arrival, with the promises."""
        arrived: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for message in messages:
            # identified by the time of the change
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
    """Return whether duplicates also arrived before the message that followed them."""
    moments = [moment for moment, _actie in keys]
    return moments == sorted(moments)


def _fits(account: Account, acties: list[str]) -> bool:
    """Return whether all promises arrived in order, with only doubts in between."""
    rest = iter(acties)
    in_order = all(actie in rest for actie in account.acties)
    extra = len(acties) - len(account.acties)
    return in_order and 0 <= extra <= account.unknown
