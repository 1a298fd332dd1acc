"""Keep contactmomenten or verzoeken, and find them again at other addresses.

The rows hold absolute URLs: the API's own, and those of klanten. A demo may start on
another port than before; then its rows move along, as if they had always been there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from testapp.peers.kept import KeptFile
from testapp.peers.relatie_store import Row, Store, key_of

ROOTS = ("own", "klanten")


@dataclass(frozen=True)
class Data:
    """The file of one API; ``klanten`` is the root of the Klanten API of this moment."""

    file: KeptFile
    klanten: str

    def load(self, store: Store) -> None:
        """Fill the store with what was kept, and keep what changes from now on."""
        content = self.file.read() or {}
        for rows, kept in ((store.parents, "parents"), (store.relations, "relations")):
            for row in self._moved(content, kept, store):
                rows.add(key_of(row), row)
        store.changed = lambda: self._save(store)
        store.changed()

    def _save(self, store: Store) -> None:
        roots = self._roots(store)
        parents, relations = store.parents.all(), store.relations.all()
        self.file.write({"roots": roots, "parents": parents, "relations": relations})

    def _roots(self, store: Store) -> dict[str, str]:
        klanten = self.klanten and f"{self.klanten.rstrip('/')}/"
        return {"own": f"{store.root}/", "klanten": klanten}

    def _moved(self, content: dict[str, object], kept: str, store: Store) -> list[Row]:
        """The rows with the roots of now, all in one go: they may have changed places."""
        before, now = content.get("roots"), self._roots(store)
        text = json.dumps(content.get(kept, []))
        moves = {}
        if isinstance(before, dict):
            moves = {before[name]: now[name] for name in ROOTS if before[name]}
        if moves:
            pattern = "|".join(re.escape(root) for root in moves)
            text = re.sub(pattern, lambda found: moves[found[0]] or found[0], text)
        rows: list[Row] = json.loads(text)
        return rows
