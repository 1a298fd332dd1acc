"""The order of a large table without ORDER BY."""

from __future__ import annotations

from testapp.peers.rows import Rows, key_of
from testapp.peers.tokens import Body


class UnorderedRows(Rows):
    """Rows of which a new one takes the place of a deleted one, or comes at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []
        self.free: list[int] = []
        self.place_of: dict[str, int] = {}

    def save(self, row: Body) -> Body:
        with self.lock:
            if key_of(row) not in self.by_key:
                place = self.free.pop() if self.free else len(self.places)
                self.places[place : place + 1] = [key_of(row)]
                self.place_of[key_of(row)] = place
            return super().save(row)

    def remove(self, key: str) -> None:
        with self.lock:
            super().remove(key)
            self.free.append(self.place_of.pop(key))

    def all(self) -> list[Body]:
        with self.lock:
            return [self.by_key[key] for key in self.places if key in self.by_key]
