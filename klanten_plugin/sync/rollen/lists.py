"""Go through the list of a service, page by page, and notice when that leads nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ...clients.rollen.lists import RollenClient
from ...clients.rollen.reading import RelatiePage
from ...domain.rollen.mirror import Applied, apply_seen
from ...domain.rollen.sources import locked_bron, moment
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ...models import RolBron

SPARE_PAGES = 10
"""So many pages more than a list says to have are read, because lists also grow."""


@dataclass
class Walk:
    """How far we are in a list; constant in size, and storable as JSON.

    To notice a list that goes round in circles one page is remembered, and compared
    with each that follows; at the 1st, 2nd, 4th, 8th page it is that page (Brent's
    way of finding a cycle).
    """

    page: int = 1
    pages: int = 0
    rows: int = 0
    count: int = 0
    largest_page: int = 0
    drops: int = 0
    remembered: str = ""
    remember_at: int = 1
    skipped: dict[str, int] = field(default_factory=dict)

    def take(self, page: RelatiePage) -> bool:
        """Count a page, and go to the next; ``False`` if it was the last one.

        Raises :class:`PermanentRemoteError` where the list has no end.
        """
        if page.digest == self.remembered and page.next_page:
            raise PermanentRemoteError(
                f"Pagina {self.page} is gelijk aan een eerdere: de lijst herhaalt zich."
            )
        if self.pages:
            self.drops += max(0, self.count - page.count)
        self.pages += 1
        self.rows += page.rows
        self.count = page.count
        self.largest_page = max(self.largest_page, page.rows)
        self.skipped = dict(Counter(self.skipped) + Counter(page.skipped))
        if self.pages == self.remember_at:
            self.remembered, self.remember_at = page.digest, self.remember_at * 2
        if page.next_page is None:
            return False
        self._check_length()
        self.page = page.next_page
        return True

    def _check_length(self) -> None:
        whole = -(-self.count // max(self.largest_page, 1))
        if self.pages > whole * 2 + SPARE_PAGES:
            raise PermanentRemoteError(
                f"Na {self.pages} pagina's is er nog een volgende, maar de lijst zou er "
                f"{whole} hebben: ze houdt niet op."
            )

    def check_end(self, client: RollenClient, filters: Mapping[str, str]) -> None:
        """Is a page that isn't there the end of a list that shrank?

        Raises :class:`TemporaryRemoteError` where the service contradicts itself.
        """
        first = client.read_page(1, filters)
        before = (self.page - 1) * max(self.largest_page, 1)
        if first is None or first.count > before:
            raise TemporaryRemoteError(
                f"{client.service.label} heeft pagina {self.page} niet, maar zou die "
                "moeten hebben."
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
    client: RollenClient, bron: RolBron, filters: Mapping[str, str]
) -> Iterator[Applied]:
    """Mirror what the service gives under a filter, page by page."""
    walk = Walk()
    more = True
    while more:
        read = read_next(client, walk, filters)
        if read is None:
            return
        more = read.more
        with locked_bron(bron.pk) as locked:
            applied = apply_seen(locked, read.page.relaties, read.at)
        # after the transaction: who stops here would undo it, and what it did itself
        yield applied
