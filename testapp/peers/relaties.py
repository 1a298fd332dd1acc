"""A Contactmomenten or Verzoeken API, like the reference servers.

Pages of 100 without an order, strict parameters, no ETag, no PUT. The differences
between the two are in a :class:`Kind`, in :mod:`.contactmomenten` and
:mod:`.verzoeken`.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests

from testapp.peers.kept import KeptFile
from testapp.peers.relatie_store import Kind, Store
from testapp.peers.rows import Rows
from testapp.peers.standin import StandIn, applications, make_parser, route, run
from testapp.peers.tokens import Body, Problem, bearer
from testapp.peers.wire import Background, Reply, Request, post

ROOT = "/api/v1"
URL = re.compile(r"https?://[^\s/]+\.?[^\s]*")


@dataclass
class Publisher:
    """Sends notifications in the background, one by one, as ``client_id=secret``.

    ``url`` is the address for the POST: the `notificaties` of a Notificaties API, or a
    callback.
    """

    url: str = ""
    credentials: str = ""

    def __post_init__(self) -> None:
        self.waiting = Background(self.send)

    def tell(self, message: Body) -> None:
        now = datetime.now(tz=UTC).isoformat()
        self.waiting.put({**message, "aanmaakdatum": now})

    def send(self, message: Body) -> None:
        if self.url:
            post(self.url, message, bearer(self.credentials))


class Relaties(StandIn):
    """Responds from its store."""

    page_size = 100
    """That of the reference servers, which can't be changed."""

    def __init__(self, kind: Kind, publisher: Publisher) -> None:
        super().__init__()
        self.kind, self.publisher = kind, publisher
        self.headers = {"API-version": kind.version}
        self.store = Store(kind, self.tell)

    def started(self, origin: str) -> None:
        """Set its own address, and print it."""
        self.store.root = f"{origin}{ROOT}"
        self.store.load()
        print(self.store.root, flush=True)  # noqa: T201 - says that it listens, and where

    def tell(self, message: Body) -> None:
        """Notify of a change. The change becomes visible when this returns."""
        self.publisher.tell(message)

    def finish(self, reply: Any) -> Reply:
        """Add the address of a new row."""
        reply = super().finish(reply)
        location = {"Location": reply.content["url"]} if reply.status == 201 else {}
        return replace(reply, headers=location)

    @route("GET", f"{ROOT}/{{collection}}")
    def list_rows(self, request: Request, collection: str) -> Body:
        rows = self._rows(collection).all()
        if collection == self.kind.relations:
            rows = self._filtered(rows, self.filters(request))
        return self.page(rows, request)

    @route("POST", f"{ROOT}/{{collection}}")
    def add(self, request: Request, collection: str) -> Reply:
        self._rows(collection)
        is_relation = collection == self.kind.relations
        save = self.store.add_relation if is_relation else self.store.add_parent
        content = self.parse(request)
        if not isinstance(content, dict):
            raise Problem(400, "parse_error")
        return Reply(201, save(content))

    @route("GET", f"{ROOT}/{{collection}}/{{key}}")
    def show(self, request: Request, collection: str, key: str) -> Body:
        return self._rows(collection).get(key)

    @route("DELETE", f"{ROOT}/{{collection}}/{{key}}")
    def remove(self, request: Request, collection: str, key: str) -> Reply:
        self.show(request, collection, key)
        is_relation = collection == self.kind.relations
        remove = self.store.remove_relation if is_relation else self.store.remove_parent
        remove(key)
        return Reply(204)

    def filters(self, request: Request) -> dict[str, str]:
        """Return the query parameters, except that of the page."""
        return {name: text for name, text in request.query.items() if name != "page"}

    def page(self, rows: list[Body], request: Request) -> Body:
        """Return the requested page. Raises :class:`Problem` beyond the last one."""
        text = request.query.get("page", "1")
        number = int(text) if text.isdigit() else 0
        first, last = (number - 1) * self.page_size, number * self.page_size
        if number < 1 or (number > 1 and not rows[first:last]):
            raise Problem(404, "not_found")
        return {
            "count": len(rows),
            "next": link(request, number + 1) if last < len(rows) else None,
            "previous": link(request, number - 1) if number > 1 else None,
            "results": rows[first:last],
        }

    def _rows(self, collection: str) -> Rows:
        rows = {self.kind.parents: self.store.parents}
        rows[self.kind.relations] = self.store.relations
        if collection not in rows:
            raise Problem(404, "not_found")
        return rows[collection]

    def _filtered(self, rows: list[Body], filters: dict[str, str]) -> list[Body]:
        if filters.keys() - set(self.kind.filters):
            raise Problem(400, "invalid", [("nonFieldErrors", "unknown-parameters")])
        params = [
            (name, "invalid_choice" if name == "rol" else "invalid")
            for name, value in filters.items()
            if value and not self._is_valid(name, value)
        ]
        if params:
            raise Problem(400, "invalid", params)
        return [
            row
            for row in rows
            if all(row.get(name) == value for name, value in filters.items() if value)
        ]

    def _is_valid(self, name: str, value: str) -> bool:
        if name == "rol":
            return value in self.kind.choices["rol"]
        return bool(URL.fullmatch(value))


def link(request: Request, number: int) -> str:
    """Return the URL of another page of the requested list."""
    query = {name: value for name, value in request.query.items() if name != "page"}
    if number > 1:
        query["page"] = str(number)
    url = f"{request.origin}{request.path}"
    return f"{url}?{urlencode(query)}" if query else url


def parser_of(kind: Kind) -> argparse.ArgumentParser:
    """Return the options of the API. Secrets may come from the environment."""
    name = kind.name.upper()
    parser = make_parser(
        f"A {kind.name} API {kind.version} for the demo.", f"{name}_APPLICATION"
    )
    parser.add_argument("--publish-to", default="", help="URL for notifications")
    parser.add_argument(
        "--klanten", default="", help="API root of the klanten, which may move"
    )
    for asked, use in (("klanten", "ask for klanten"), ("publish", "notify")):
        parser.add_argument(
            f"--{asked}-as",
            metavar="ID=SECRET",
            default=os.environ.get(f"{name}_{asked.upper()}_AS", ""),
            help=f"{use} with this token; without it, without token",
        )
    return parser


def configured(peer: Relaties, options: argparse.Namespace) -> Relaties:
    """Return the API, with what its options say."""
    peer.applications = applications(options)
    peer.publisher.url = options.publish_to
    peer.publisher.credentials = options.publish_as
    peer.store.klanten, peer.store.file = options.klanten, KeptFile(options.data)
    peer.store.klant_exists = klant_answers(options.klanten_as)
    return peer


def main(kind: Kind) -> None:
    """Serve until SIGTERM or SIGINT."""
    options = parser_of(kind).parse_args()
    run(configured(Relaties(kind, Publisher()), options), options)


def klant_answers(credentials: str) -> Callable[[str], bool]:
    """Check a klant like the reference: one GET that follows redirects.

    Sends no token, but Open Klant 1.0.0 does. Unlike the reference's it has a timeout,
    because a demo must not hang.
    """

    def exists(url: str) -> bool:
        headers = {"Authorization": bearer(credentials)} if credentials else {}
        try:
            response = requests.get(url, headers=headers, timeout=30)
        except requests.RequestException:
            return False
        return response.status_code == requests.codes.ok

    return exists
