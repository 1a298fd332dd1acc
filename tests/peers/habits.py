"""Behaviour of real sources of relations that clients must tolerate. Not faults."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from testapp.peers.tokens import Body


@dataclass
class Habits:
    """Optional behaviour, as seen at the reference servers behind some gateways.

    ``hold`` is the maximum number of seconds between the delivery of a notification and
    the commit of the transaction that sent it. Each write waits for a random part of
    it. ``unordered_above`` is the number of rows above which a list is a scan that
    starts anywhere, as PostgreSQL's scans of large tables: pages overlap and skip rows,
    although ``count`` is correct. ``origin`` is the scheme and host in its URLs, if a
    proxy rewrites Host or terminates TLS; if empty, those of the request. The ``count``
    of an unfiltered list is ``invisible`` too high, and the list repeats its first
    rows. With ``keeps_deleted``, a DELETE returns 204 and does nothing.
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
        """Return the rows in the order of this scan."""
        if not is_filtered:
            rows = rows + rows[: self.invisible]
        if self.unordered_above is None or len(rows) <= self.unordered_above:
            return rows
        start = self.random.randrange(len(rows))
        return rows[start:] + rows[:start]

    def outward(self, text: str, root: str) -> str:
        """Replace our own URLs in the text with those that others use."""
        return text.replace(root, self._outside(root)) if self.origin else text

    def inward(self, text: str, root: str) -> str:
        """Replace URLs that others use with those that we store."""
        return text.replace(self._outside(root), root) if self.origin else text

    def _outside(self, root: str) -> str:
        return f"{self.origin}{urlsplit(root).path}"
