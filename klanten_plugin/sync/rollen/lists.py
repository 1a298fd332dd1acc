"""Read the list of a service page by page, and detect omissions.

The lists are unordered: pages overlap and omit rows although ``count`` is right. Only
comparing the number of distinct relations with ``count`` shows whether a list was read
completely.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from ...clients.rollen.lists import RollenClient
from ...clients.rollen.reading import RelatiePage
from ...domain.rollen.mirror import apply_seen
from ...domain.rollen.sources import locked_bron, moment
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ...models import RolBron

SPARE_PAGES = 10
"""Maximum number of pages beyond the reported length, because lists can grow."""

FRUITLESS_ROUNDS = 8
"""Number of rounds without new relations after which the rest counts as unavailable. A
round of an unordered list is expected to find two thirds of the missing ones."""


@dataclass
class Walk:
    """The progress in a list, of constant size and storable as JSON."""

    page: int = 1
    pages: int = 0
    rows: int = 0
    count: int = 0
    largest_page: int = 0
    drops: int = 0
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """The number of pages by the count of the list."""
        return -(-self.count // max(self.largest_page, 1))

    def take(self, page: RelatiePage) -> bool:
        """Count a page and advance; return ``False`` if it was the last one.

        Raises :class:`PermanentRemoteError` if the list doesn't end.
        """
        if self.pages:
            self.drops += max(0, self.count - page.count)
        self.pages += 1
        self.rows += page.rows
        self.count = page.count
        self.largest_page = max(self.largest_page, page.rows)
        reasons = Counter(row.reason for row in page.skipped)
        self.skipped = dict(Counter(self.skipped) + reasons)
        if page.next_page is None:
            return False
        self._check_length()
        self.page = page.next_page
        return True

    def _check_length(self) -> None:
        if self.pages > self.whole * 2 + SPARE_PAGES:
            raise PermanentRemoteError(
                _(
                    "Na {pages} pagina's is er nog een volgende, maar de lijst zou er "
                    "{whole} hebben: ze houdt niet op."
                ).format(pages=self.pages, whole=self.whole)
            )

    def check_end(self, client: RollenClient, filters: Mapping[str, str]) -> None:
        """Accept a missing page as the end of a list that shrank.

        Raises :class:`TemporaryRemoteError` if the service contradicts itself.
        """
        first = client.read_page(1, filters)
        before = (self.page - 1) * max(self.largest_page, 1)
        if first is None or first.count > before:
            raise TemporaryRemoteError(
                _(
                    "{service} heeft pagina {page} niet, maar zou die moeten hebben."
                ).format(service=client.service.label, page=self.page)
            )
        self.drops += max(0, self.count - first.count)
        self.count = first.count


@dataclass(frozen=True)
class Read:
    """A page, the time before it was requested, and whether another one follows."""

    page: RelatiePage
    at: datetime
    more: bool


def read_next(
    client: RollenClient, walk: Walk, filters: Mapping[str, str]
) -> Read | None:
    """Read the current page of the walk; return ``None`` if the list became shorter."""
    at = moment()
    page = client.read_page(walk.page, filters)
    if page is None:
        walk.check_end(client, filters)
        return None
    return Read(page, at, walk.take(page))


def mirror_list(
    client: RollenClient, bron: RolBron, filters: Mapping[str, str], end: float
) -> bool:
    """Mirror all relations that match a filter.

    Reads the list repeatedly until as many distinct relations were met as it reports.
    Return ``False`` if that isn't reached by ``end``, a value of ``time.monotonic``, or
    if further reading is pointless.
    """
    met: set[str] = set()
    fruitless = 0
    while fruitless < FRUITLESS_ROUNDS:
        walk, more, before = Walk(), True, len(met)
        while more:
            read = read_next(client, walk, filters)
            more = read is not None and read.more
            if read is not None:
                met |= read.page.keys
                mirror_page(bron, read.page, read.at)
            if time.monotonic() > end:
                return not more and len(met) >= walk.count
        if len(met) >= walk.count:
            return True
        fruitless = 0 if len(met) > before else fruitless + 1
    return False


def mirror_page(bron: RolBron, page: RelatiePage, at: datetime) -> None:
    """Save a page that was requested at ``at``."""
    with locked_bron(bron.pk) as locked:
        apply_seen(locked, page.relaties, at, page.skipped)
