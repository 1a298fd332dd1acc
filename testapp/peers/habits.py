"""Habits of real owners of relations that a client must live with; none are faults."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from testapp.peers.tokens import Body


@dataclass
class Habits:
    """What this server does as the reference servers do behind some gateways.

    ``hold`` is the longest time in seconds between the delivery of a notification and
    the commit of the transaction that it was sent in; each write holds a random part of
    it. ``unordered_above`` is the number of rows above which a list is a scan that
    starts anywhere, as PostgreSQL scans large tables: pages overlap and leave rows out
    while ``count`` is right. ``origin`` is the scheme and host that its URLs are given
    with, where a proxy rewrites Host or ends TLS; empty: that of the request. A list
    that isn't filtered says to have ``invisible`` rows more, and repeats its first ones.
    With ``keeps_deleted`` a DELETE is answered 204 and does nothing.
    """

    hold: float = 0.0
    unordered_above: int | None = None
    origin: str = ""
    invisible: int = 0
    keeps_deleted: bool = False
    random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311

    def wait_before_commit(self) -> None:
        """Keep the transaction open for a while."""
        time.sleep(self.random.uniform(0, self.hold))

    def scanned(self, rows: list[Body], *, is_filtered: bool) -> list[Body]:
        """Return the rows in the order in which this scan finds them."""
        if not is_filtered:
            rows = rows + rows[: self.invisible]
        if self.unordered_above is None or len(rows) <= self.unordered_above:
            return rows
        start = self.random.randrange(len(rows))
        return rows[start:] + rows[:start]

    def outward(self, text: str, root: str) -> str:
        """Return the text with our own URLs as others see them."""
        return text.replace(root, self._outside(root)) if self.origin else text

    def inward(self, text: str, root: str) -> str:
        """Return the text with our own URLs as we store them."""
        return text.replace(self._outside(root), root) if self.origin else text

    def _outside(self, root: str) -> str:
        return f"{self.origin}{urlsplit(root).path}"
