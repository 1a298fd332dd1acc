"""The rows of a stand-in."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from testapp.peers.tokens import Body, Problem


@dataclass
class Rows:
    """Rows in an undefined order, as from a table without ORDER BY.

    The last part of its ``url`` is the key of a row. A new row takes the place of a
    deleted one, or comes at the end.
    """

    places: list[Body | None] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    by_key: dict[str, int] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, row: Body) -> Body:
        """Add the row, and return it."""
        with self.lock:
            place = self.free.pop() if self.free else len(self.places)
            self.places[place : place + 1] = [row]
            self.by_key[key_of(row)] = place
        return row

    def replace(self, row: Body) -> Body:
        """Replace the row with the key of this one, and return it."""
        with self.lock:
            self.places[self.by_key[key_of(row)]] = row
        return row

    def get(self, key: str) -> Body:
        """Return the row. Raises :class:`Problem` if there is none."""
        with self.lock:
            row = self.places[self.by_key[key]] if key in self.by_key else None
        if row is None:
            raise Problem(404, "not_found")
        return row

    def remove(self, key: str) -> None:
        """Remove the row. Raises :class:`Problem` if there is none."""
        with self.lock:
            self.get(key)
            place = self.by_key.pop(key)
            self.places[place] = None
            self.free.append(place)

    def all(self) -> list[Body]:
        with self.lock:
            return [row for row in self.places if row is not None]


def key_of(row: Body) -> str:
    """Return the key in the URL of a row."""
    return str(row["url"]).rpartition("/")[2]
