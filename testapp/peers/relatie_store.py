"""Data and rules of a Contactmomenten or Verzoeken API."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from testapp.peers.kept import KeptFile
from testapp.peers.rows import Rows, key_of
from testapp.peers.tokens import Body, Params, Problem

BRONORGANISATIE = "123456782"


@dataclass(frozen=True)
class Kind:
    """The names, values and rules of one API, as in the reference implementation.

    ``relation_is_told``: whether notifications are also sent for relations. ``unique``
    are the fields whose values no two relations share.
    """

    name: str
    version: str
    parent: str
    parents: str
    relation: str
    relations: str
    choices: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    unique: tuple[str, ...]
    filters: tuple[str, ...]
    relation_is_told: bool


@dataclass
class Store:
    """The data of one API. ``root`` is its own address, ending in ``/api/v1``.

    ``tell`` is called with the notification of a change. It returns before the change
    is visible, because the reference servers notify inside the transaction. ``file``
    persists all rows.
    """

    kind: Kind
    tell: Callable[[Body], None]
    klant_exists: Callable[[str], bool] = lambda _url: True
    root: str = ""
    klanten: str = ""
    file: KeptFile = field(default_factory=KeptFile)
    parents: Rows = field(default_factory=Rows)
    relations: Rows = field(default_factory=Rows)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_parent(self, body: Body) -> Body:
        url = f"{self.root}/{self.kind.parents}/{uuid.uuid4()}"
        row = {"bronorganisatie": BRONORGANISATIE, **body, "url": url}
        self._tell(url, self.kind.parent, url, "create")
        with self.lock:
            self.parents.save(row)
            self._save()
        return row

    def remove_parent(self, key: str) -> None:
        """Remove it with its relations, for which no notifications are sent."""
        row = self.parents.get(key)
        self._tell(row["url"], self.kind.parent, row["url"], "destroy")
        with self.lock:
            self.parents.remove(key)
            for relation in self.relations.all():
                if relation[self.kind.parent] == row["url"]:
                    self.relations.remove(key_of(relation))
            self._save()

    def add_relation(self, body: Body) -> Body:
        """Add a relation. Raises :class:`Problem` if it breaks a rule of the API."""
        values = self._valid(body)
        url = f"{self.root}/{self.kind.relations}/{uuid.uuid4()}"
        self._check_unique(values)
        if self.kind.relation_is_told:
            parent = values[self.kind.parent]
            self._tell(parent, self.kind.relation, url, "create")
        with self.lock:
            self._check_unique(values)
            return self.insert_relation({"url": url, **values})

    def insert_relation(self, values: Body) -> Body:
        """Add a relation without validation or notification."""
        row = {"url": f"{self.root}/{self.kind.relations}/{uuid.uuid4()}", **values}
        with self.lock:
            self.relations.save(row)
            self._save()
        return row

    def remove_relation(self, key: str) -> None:
        row = self.relations.get(key)
        if self.kind.relation_is_told:
            parent = row.get(self.kind.parent, "")
            self._tell(parent, self.kind.relation, row["url"], "destroy")
        with self.lock:
            self.relations.remove(key)
            self._save()

    def load(self) -> None:
        """Fill the store with the persisted rows, with the current addresses.

        A demo may start on another port than before, and rows have absolute URLs: the
        API's own, and those of klanten. Those are persisted with placeholders.
        """
        text = json.dumps(self.file.read() or {})
        for placeholder, root in self._roots().items():
            text = text.replace(placeholder, root)
        kept = json.loads(text)
        for rows, name in ((self.parents, "parents"), (self.relations, "relations")):
            for row in kept.get(name, []):
                rows.save(row)

    def _save(self) -> None:
        if self.file.path is None:
            return
        rows = {"parents": self.parents.all(), "relations": self.relations.all()}
        text = json.dumps(rows)
        for placeholder, root in self._roots().items():
            text = text.replace(root, placeholder)
        self.file.write(json.loads(text))

    def _roots(self) -> dict[str, str]:
        roots = {"{own}/": f"{self.root}/"}
        if self.klanten:
            roots["{klanten}/"] = f"{self.klanten.rstrip('/')}/"
        return roots

    def _check_unique(self, values: Body) -> None:
        with self.lock:
            if any(self._is_same(row, values) for row in self.relations.all()):
                raise Problem(400, "invalid", [("nonFieldErrors", "unique")])

    def _is_same(self, row: Body, values: Body) -> bool:
        return all(row.get(name) == values[name] for name in self.kind.unique)

    def _valid(self, body: Body) -> Body:
        names = (self.kind.parent, "klant", *self.kind.choices)
        values = {name: body.get(name) or "" for name in names}
        params: Params = [
            (name, "required") for name in self.kind.required if not values[name]
        ]
        for name, choices in self.kind.choices.items():
            if values[name] and values[name] not in choices:
                params.append((name, "invalid_choice"))
        if not params:
            if values[self.kind.parent].rpartition("/")[2] not in self.parents.by_key:
                params.append((self.kind.parent, "does_not_exist"))
            elif not self.klant_exists(values["klant"]):
                params.append(("klant", "bad-url"))
        if params:
            raise Problem(400, "invalid", params)
        return values

    def _tell(self, hoofd_object: str, resource: str, url: str, actie: str) -> None:
        self.tell(
            {
                "kanaal": self.kind.name,
                "hoofdObject": hoofd_object,
                "resource": resource,
                "resourceUrl": url,
                "actie": actie,
                "kenmerken": {"bronorganisatie": BRONORGANISATIE},
            }
        )
