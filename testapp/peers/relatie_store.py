"""Which contactmomenten or verzoeken are there, and which relations with klanten?"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from testapp.peers.relatie_kinds import Kind

Row = dict[str, Any]
Params = list[tuple[str, str]]


class Invalid(Exception):
    """What a request says isn't allowed: pairs of a field and a code."""

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self.params = params


@dataclass
class Rows:
    """Rows without an order of their own, as a table without ORDER BY gives them.

    A new row takes the place of a deleted one, or comes at the end.
    """

    places: list[Row | None] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    by_uuid: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, row: Row) -> None:
        place = self.free.pop() if self.free else len(self.places)
        self.places[place : place + 1] = [row]
        self.by_uuid[key] = place

    def get(self, key: str) -> Row | None:
        place = self.by_uuid.get(key)
        return None if place is None else self.places[place]

    def remove(self, key: str) -> None:
        place = self.by_uuid.pop(key)
        self.places[place] = None
        self.free.append(place)

    def all(self) -> list[Row]:
        return [row for row in self.places if row is not None]


@dataclass
class Store:
    """The data of one API; ``root`` is its own address, ending in ``/api/v1``.

    ``tell`` is called with a notification of each change that one is sent of, and
    returns before the change is there to be seen: the reference servers notify inside
    the transaction. ``changed`` is called after each change, before anybody else sees it.
    """

    kind: Kind
    root: str
    klant_exists: Callable[[str], bool]
    tell: Callable[[Row], None]
    parents: Rows = field(default_factory=Rows)
    relations: Rows = field(default_factory=Rows)
    lock: threading.RLock = field(default_factory=threading.RLock)
    changed: Callable[[], None] = lambda: None

    def add_parent(self, body: Row) -> Row:
        key = str(uuid.uuid4())
        url = f"{self.root}/{self.kind.parents}/{key}"
        row = {**body, "url": url}
        row.setdefault("bronorganisatie", "123456782")
        self._tell(url, self.kind.parent, url, "create")
        with self.lock:
            self.parents.add(key, row)
            self.changed()
        return row

    def remove_parent(self, key: str) -> bool:
        """Its relations go with it, and nobody is told of those."""
        row = self.parents.get(key)
        if row is None:
            return False
        self._tell(row["url"], self.kind.parent, row["url"], "destroy")
        with self.lock:
            if self.parents.get(key) is None:
                return False
            self.parents.remove(key)
            for relation in self.relations.all():
                if relation[self.kind.parent] == row["url"]:
                    self.relations.remove(key_of(relation))
            self.changed()
        return True

    def add_relation(self, body: Row) -> Row:
        """Raises :class:`Invalid` where the rules of the API forbid it."""
        values = self._valid(body)
        url = f"{self.root}/{self.kind.relations}/{uuid.uuid4()}"
        self._check_unique(values)
        if self.kind.relation_is_told:
            parent = values[self.kind.parent]
            self._tell(parent, self.kind.relation, url, "create")
        with self.lock:
            self._check_unique(values)
            return self.force_relation({"url": url, **values})

    def _check_unique(self, values: Row) -> None:
        with self.lock:
            if any(self._is_same(row, values) for row in self.relations.all()):
                raise Invalid([("nonFieldErrors", "unique")])

    def force_relation(self, values: Row) -> Row:
        """Add a relation whatever it says, and tell nobody."""
        key = str(uuid.uuid4())
        row = {"url": f"{self.root}/{self.kind.relations}/{key}", **values}
        with self.lock:
            self.relations.add(key_of(row), row)
            self.changed()
        return row

    def remove_relation(self, key: str) -> bool:
        row = self.relations.get(key)
        if row is None:
            return False
        if self.kind.relation_is_told:
            self._tell(
                row.get(self.kind.parent, ""), self.kind.relation, row["url"], "destroy"
            )
        with self.lock:
            if self.relations.get(key) is None:
                return False
            self.relations.remove(key)
            self.changed()
        return True

    def _is_same(self, row: Row, values: Row) -> bool:
        return all(row.get(name) == values[name] for name in self.kind.unique)

    def _valid(self, body: Row) -> Row:
        params: Params = []
        names = (self.kind.parent, "klant", *self.kind.choices)
        values = {name: body.get(name) or "" for name in names}
        for name in self.kind.required:
            if not values[name]:
                params.append((name, "required"))
        for name, choices in self.kind.choices.items():
            if values[name] and values[name] not in choices:
                params.append((name, "invalid_choice"))
        if params:
            raise Invalid(params)
        if self.parents.get(values[self.kind.parent].rpartition("/")[2]) is None:
            raise Invalid([(self.kind.parent, "does_not_exist")])
        if not self.klant_exists(values["klant"]):
            raise Invalid([("klant", "bad-url")])
        return values

    def _tell(self, hoofd_object: str, resource: str, url: str, actie: str) -> None:
        self.tell(
            {
                "kanaal": self.kind.name,
                "hoofdObject": hoofd_object,
                "resource": resource,
                "resourceUrl": url,
                "actie": actie,
                "kenmerken": {"bronorganisatie": "123456782"},
            }
        )


def key_of(row: Row) -> str:
    """The UUID in the URL of a row."""
    return str(row["url"]).rpartition("/")[2]


def klant_answers(token: Callable[[], str] | None) -> Callable[[str], bool]:
    """One GET, redirects followed, as the reference implementation does it.

    It sends no token; Open Klant 1.0.0 does. It has no time limit; this one has, because
    a demo shouldn't hang.
    """

    def exists(url: str) -> bool:
        headers = {} if token is None else {"Authorization": f"Bearer {token()}"}
        try:
            response = requests.get(url, headers=headers, timeout=30)
        except requests.RequestException:
            return False
        return response.status_code == requests.codes.ok

    return exists
