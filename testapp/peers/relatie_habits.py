"""Habits of real owners of relations that a client must live with; none are faults."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass
class Habits:
    """What this server does as the reference servers do behind some gateways.

    ``hold`` is the longest time in seconds between the delivery of a notification and
    the commit of the transaction that it was sent in; each write holds a random part of
    it. ``unordered_above`` is the number of rows above which a list is a scan that
    starts anywhere, as PostgreSQL scans large tables: pages overlap and leave rows out
    while ``count`` is right. ``origin`` is the scheme and host that its URLs are given
    with, where a proxy rewrites Host or ends TLS; empty: that of the request. A list
    that isn't filtered says to have ``invisible`` rows more, and repeats its first ones. With
    ``keeps_deleted`` a DELETE is answered 204 and does nothing.
    """

    hold: float = 0.0
    unordered_above: int | None = None
    origin: str = ""
    invisible: int = 0
    keeps_deleted: bool = False
    random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311

    def set(self, wish: Row) -> None:
        """Take over the values that are given, and keep the others."""
        self.hold = float(wish.get("hold", self.hold))
        self.origin = str(wish.get("origin", self.origin))
        self.invisible = int(wish.get("invisible", self.invisible))
        self.keeps_deleted = bool(wish.get("keeps_deleted", self.keeps_deleted))
        if "unordered_above" in wish:
            above = wish["unordered_above"]
            self.unordered_above = None if above is None else int(above)

    def wait_before_commit(self) -> None:
        """Keep the transaction open for a while."""
        if self.hold:
            time.sleep(self.random.uniform(0, self.hold))

    def scanned(self, rows: list[Row], *, is_filtered: bool) -> list[Row]:
        """Return the rows in the order in which this scan finds them."""
        if not is_filtered:
            rows = rows + rows[: self.invisible]
        if self.unordered_above is None or len(rows) <= self.unordered_above:
            return rows
        start = self.random.randrange(len(rows))
        return rows[start:] + rows[:start]

    def outward(self, text: str, root: str) -> str:
        """Return the text with our own URLs as others see them."""
        return text.replace(root, self._root_outside(root)) if self.origin else text

    def inward(self, text: str, root: str) -> str:
        """Return the text with our own URLs as we store them."""
        return text.replace(self._root_outside(root), root) if self.origin else text

    def _root_outside(self, root: str) -> str:
        scheme, _separator, rest = root.partition("://")
        _host, slash, path = rest.partition("/")
        assert scheme
        return f"{self.origin}{slash}{path}"
