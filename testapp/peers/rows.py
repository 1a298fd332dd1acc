"""The rows of a stand-in."""

from __future__ import annotations

import threading

from testapp.peers.tokens import Body, Problem


class Rows:
    """Rows by their key, which is the last part of their ``url``. Thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.by_key: dict[str, Body] = {}

    def save(self, row: Body) -> Body:
        """Add the row, or replace the one with its key. Returns the row."""
        with self.lock:
            self.by_key[key_of(row)] = row
        return row

    def get(self, key: str) -> Body:
        """Return the row. Raises :class:`Problem` if there is none."""
        with self.lock:
            if key not in self.by_key:
                raise Problem(404, "not_found")
            return self.by_key[key]

    def remove(self, key: str) -> None:
        """Remove the row. Raises :class:`Problem` if there is none."""
        with self.lock:
            self.get(key)
            del self.by_key[key]

    def all(self) -> list[Body]:
        with self.lock:
            return list(self.by_key.values())


def key_of(row: Body) -> str:
    """Return the key in the URL of a row."""
    return str(row["url"]).rpartition("/")[2]
