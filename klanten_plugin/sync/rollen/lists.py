"""Read the list of a service page by page, and notice what it leaves out.

The owners' lists have no order: pages overlap and leave rows out while ``count`` is
right. So only the number of distinct relations against ``count`` tells whether a list
was read completely.
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
"""So many pages more than a list says to have are read, because lists also grow."""

FRUITLESS_ROUNDS = 8
"""After so many rounds in which nothing new was met, what is missing can't be had: a
round of a list whose pages start anywhere meets two thirds of what was missing."""


@dataclass
class Walk:
    """How far we are in a list; constant in size, and storable as JSON."""

    page: int = 1
    pages: int = 0
    rows: int = 0
    count: int = 0
    largest_page: int = 0
    drops: int = 0
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """How many pages the list has by its own count."""
        return -(-self.count // max(self.largest_page, 1))

    def take(self, page: RelatiePage) -> bool:
        """Count a page, and go to the next; ``False`` if it was the last one.

        Raises :class:`PermanentRemoteError` where the list has no end.
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
        """Accept a page that isn't there as the end of a list that shrank.

        Raises :class:`TemporaryRemoteError` where the service contradicts itself.
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
    """A page that was read, the moment before, and whether another one follows."""

    page: RelatiePage
    at: datetime
    more: bool


def read_next(
    client: RollenClient, walk: Walk, filters: Mapping[str, str]
) -> Read | None:
    """The page where the walk is; ``None`` where the list has become shorter."""
    at = moment()
    page = client.read_page(walk.page, filters)
    if page is None:
        walk.check_end(client, filters)
        return None
    return Read(page, at, walk.take(page))


def mirror_list(
    client: RollenClient, bron: RolBron, filters: Mapping[str, str], end: float
) -> bool:
    """Mirror everything that the service gives under a filter.

    Reads the list again until as many distinct relations were met as it says to have;
    ``False`` where that wasn't so at ``end``, a value of ``time.monotonic``, or where
    reading on is of no use.
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
    """Write down one page that was asked for at a moment."""
    with locked_bron(bron.pk) as locked:
        apply_seen(locked, page.relaties, at, page.skipped)
