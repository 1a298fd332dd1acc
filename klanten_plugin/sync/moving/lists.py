"""Read all klanten of another Klanten API, whose pages shift during concurrent writes.

A list is read page by page, and a klant moves to another page when one before it is
deleted or added. It is missed if it moves from an unread page to one that was read. The
list is therefore read in both directions:

- reading from the last page to the first misses no klanten that only move towards the
  first page. That is the case if the oldest come first, whatever is added or deleted;
- reading from the first page to the last misses no klanten that only move towards the
  last page, as if the newest come first, or if the list is unordered and changed rows
  move to the end.

It is read again in alternating directions until a pass finds no new klanten. The
progress is stored in a :class:`Mark` after each page, from which an interrupted import
resumes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

import structlog

from ...clients.moving.klanten_api import KlantenClient, KlantenPage
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from .copying import Row

logger = structlog.stdlib.get_logger(__name__)

FEWEST_PASSES, MOST_PASSES = 2, 6
LONGEST_WAIT = 60.0
"""Maximum seconds between two attempts, unless ``Retry-After`` asks for more."""
LONGEST_ASKED = 600.0
"""Maximum seconds of a ``Retry-After`` that is honoured."""


@dataclass
class Mark:
    """The progress of reading: the pass and the next page.

    ``page`` is ``None`` at the start of a pass. ``created`` is the number of new
    klanten in this pass. ``backwards`` is false if the list doesn't report its length.
    """

    number: int = 1
    page: int | None = None
    created: int = 0
    backwards: bool = True

    @property
    def is_backwards(self) -> bool:
        """Whether this pass goes from the last page to the first."""
        return self.backwards and self.number % 2 == 1

    def is_enough(self) -> bool:
        """Whether this is the last pass."""
        brought_nothing = self.created == 0 and self.number >= FEWEST_PASSES
        return brought_nothing or self.number >= MOST_PASSES

    def next_pass(self) -> None:
        """Go back to the start, in the other direction."""
        self.number, self.page, self.created = self.number + 1, None, 0


@dataclass
class KlantenList:
    """The list of a service. ``total`` is the number of klanten that it reports."""

    client: KlantenClient
    attempts: int = 8
    sleep: Callable[[float], None] = time.sleep
    total: int | None = None
    _size: int = field(default=1, init=False)

    def one_pass(self, mark: Mark) -> Iterator[list[Row]]:
        """Yield pages from the mark on; each step updates the mark.

        Raises a ``RemoteError`` if the other API keeps failing.
        """
        first = self._read(1)
        if first is None or not first.results:
            return
        self.total, self._size = first.count, len(first.results)
        mark.backwards = first.count is not None
        yield from self._back(mark) if mark.is_backwards else self._forth(mark)

    def _back(self, mark: Mark) -> Iterator[list[Row]]:
        if mark.page is None:
            mark.page = max(1, -(-(self.total or 0) // self._size))
        while mark.page >= 1:
            page = self._read(mark.page)
            if page is not None:  # otherwise the list has become shorter
                yield _rows(page, mark.page)
            mark.page -= 1

    def _forth(self, mark: Mark) -> Iterator[list[Row]]:
        mark.page = mark.page or 1
        before: KlantenPage | None = None
        while (page := self._read(mark.page)) is not None:
            if before and page.more and page.results == before.results:
                raise PermanentRemoteError(
                    _(
                        "Pagina {page} is gelijk aan de vorige: de lijst herhaalt zich."
                    ).format(page=mark.page)
                )
            yield _rows(page, mark.page)
            if not page.more:
                return
            mark.page, before = mark.page + 1, page

    def _read(self, number: int) -> KlantenPage | None:
        for attempt in range(self.attempts):
            try:
                return self.client.read_page(number)
            except TemporaryRemoteError as error:
                logger.warning("klanten_page_not_read", page=number, error=str(error))
                self.sleep(seconds_to_wait(attempt, error.retry_after))
        return self.client.read_page(number)


def seconds_to_wait(attempt: int, asked: float | None) -> float:
    """Return the seconds before the next attempt; ``asked`` is a ``Retry-After``."""
    usual = min(2.0**attempt, LONGEST_WAIT)
    return max(usual, min(asked or 0.0, LONGEST_ASKED))


def _rows(page: KlantenPage, number: int) -> list[Row]:
    where = _("pagina {number} nummer {place}")  # translated once per page
    return [
        Row(where.format(number=number, place=place), body)
        for place, body in enumerate(page.results, start=1)
    ]
