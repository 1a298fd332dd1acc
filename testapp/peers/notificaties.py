"""A Notificaties API: `python3 -m testapp peer notificaties --port 8010`.

Accepts messages, kanalen and abonnementen like the real one, prints a line for each
message, and forwards it to the subscribers. With NOTIFICATIES_APPLICATIONS in the
environment (`id=secret`, separated by commas) it requires a token.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from testapp.peers.rows import Rows, key_of
from testapp.peers.standin import StandIn, applications, make_parser, route, run
from testapp.peers.tokens import Applications, Body, Problem
from testapp.peers.wire import Background, Reply, Request, post

ROOT = "/api/v1"
KANALEN, ABONNEMENTEN = f"{ROOT}/kanaal", f"{ROOT}/abonnement"

PAUSES = (1, 2, 4, 8, 16)
"""Seconds between the attempts to deliver a message."""

EXAMPLE = "https://example.com"


class Notificaties(StandIn):
    """Keeps everything in memory.

    Each subscription has a separate queue and thread, so that none waits for another.
    """

    def __init__(self, applications: Applications | None = None) -> None:
        super().__init__(applications)
        self.kanalen, self.abonnementen = Rows(), Rows()
        self.queues: dict[str, Background] = {}

    def add_kanaal(self, naam: str, root: str) -> None:
        """Add a kanaal as if another application had registered it."""
        self.kanalen.save(kanaal_of({"naam": naam}, f"{root}/kanaal/{uuid.uuid4()}"))

    def message(self, request: Request) -> Body:
        """Return the message in a request. Raises :class:`Problem` for an invalid one."""
        names = ("kanaal", "hoofdObject", "resource", "resourceUrl", "actie")
        return checked(self.parse(request), names)

    @route("POST", f"{ROOT}/notificaties")
    def publish(self, request: Request) -> Reply:
        message = self.message(request)
        words = (message["kanaal"], message["actie"], message["resourceUrl"])
        print(*words, flush=True)  # noqa: T201 - its output is for people
        for abonnement in self.abonnementen.all():
            if is_wanted(message, abonnement):
                self.queues[key_of(abonnement)].put(message)
        return Reply(201, message)

    @route("GET", KANALEN)
    def list_kanalen(self, request: Request) -> list[Body]:
        wanted = request.query.get("naam")
        return [row for row in self.kanalen.all() if wanted in (None, row["naam"])]

    @route("POST", KANALEN)
    def create_kanaal(self, request: Request) -> Reply:
        url = f"{request.origin}{KANALEN}/{uuid.uuid4()}"
        kanaal = kanaal_of(self.parse(request), url)
        if any(row["naam"] == kanaal["naam"] for row in self.kanalen.all()):
            raise Problem(400, "invalid", [("naam", "unique")])
        return Reply(201, self.kanalen.save(kanaal))

    @route("PUT", f"{KANALEN}/{{key}}")
    def replace_kanaal(self, request: Request, key: str) -> Body:
        url = self.kanalen.get(key)["url"]
        return self.kanalen.save(kanaal_of(self.parse(request), url))

    @route("GET", ABONNEMENTEN)
    def list_abonnementen(self, request: Request) -> list[Body]:
        return [shown(row) for row in self.abonnementen.all()]

    @route("POST", ABONNEMENTEN)
    def create_abonnement(self, request: Request) -> Reply:
        url = f"{request.origin}{ABONNEMENTEN}/{uuid.uuid4()}"
        return Reply(201, self._save_abonnement(request, url))

    @route("PUT", f"{ABONNEMENTEN}/{{key}}")
    def replace_abonnement(self, request: Request, key: str) -> Body:
        return self._save_abonnement(request, self.abonnementen.get(key)["url"])

    @route("DELETE", f"{ABONNEMENTEN}/{{key}}")
    def remove_abonnement(self, request: Request, key: str) -> Reply:
        self.abonnementen.remove(key)
        return Reply(204)

    def _save_abonnement(self, request: Request, url: str) -> Body:
        names = ("callbackUrl", "auth", "kanalen")
        content = checked(self.parse(request), names)
        check_abonnement(content, {row["naam"] for row in self.kanalen.all()})
        row = {"url": url, **{name: content[name] for name in names}}
        for other in self.abonnementen.all():
            same = other["callbackUrl"] == row["callbackUrl"]
            if same and other["url"] != url:
                raise Problem(400, "invalid", [("callbackUrl", "unique")])
        check_callback(row)
        key = key_of(row)
        if key not in self.queues:
            self.queues[key] = Background(partial(self._deliver, key))
        return shown(self.abonnementen.save(row))

    def _deliver(self, key: str, message: Body) -> None:
        for pause in (0, *PAUSES):
            time.sleep(pause)
            try:
                abonnement = self.abonnementen.get(key)
            except Problem:
                return
            status = post(abonnement["callbackUrl"], message, abonnement["auth"])
            if isinstance(status, int) and status < 300:
                return
            # a retry wouldn't change a refusal
            if isinstance(status, int) and 400 <= status < 500:
                break
        words = (message["kanaal"], message["actie"], abonnement["url"])
        print("not delivered:", *words, flush=True)  # noqa: T201 - for people


def checked(content: Any, required: tuple[str, ...]) -> Body:
    """Return an object with these fields. Raises :class:`Problem` for anything else."""
    if not isinstance(content, dict):
        raise Problem(400, "invalid", [("nonFieldErrors", "invalid")])
    if missing := [name for name in required if not content.get(name)]:
        raise Problem(400, "invalid", [(name, "required") for name in missing])
    return content


def kanaal_of(content: Any, url: str) -> Body:
    """Return the kanaal with this content. Raises :class:`Problem`."""
    given = checked(content, ("naam",))
    defaults = {"documentatieLink": "", "filters": []}
    known = {name: given[name] for name in ("naam", *defaults) if name in given}
    return {"url": url, **defaults, **known}


def shown(abonnement: Body) -> Body:
    """Return what the API shows: everything except the token."""
    return {name: value for name, value in abonnement.items() if name != "auth"}


def is_wanted(message: Body, abonnement: Body) -> bool:
    """Return whether one of its kanalen and all filters of that match."""
    kenmerken = message.get("kenmerken", {})
    return any(
        kanaal["naam"] == message["kanaal"]
        and all(
            wanted in ("*", kenmerken.get(name))
            for name, wanted in (kanaal.get("filters") or {}).items()
        )
        for kanaal in abonnement["kanalen"]
    )


def check_abonnement(content: Body, kanalen: Collection[str]) -> None:
    """Raise :class:`Problem` for values that the real API also refuses."""
    parts, wanted = urlsplit(str(content["callbackUrl"])), content["kanalen"]
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Problem(400, "invalid", [("callbackUrl", "invalid")])
    if not isinstance(wanted, list) or not all(
        isinstance(each, dict) for each in wanted
    ):
        raise Problem(400, "invalid", [("kanalen", "not_a_list")])
    if any(each.get("naam") not in kanalen for each in wanted):
        raise Problem(400, "invalid", [("kanalen", "kanaal_naam")])


def check_callback(abonnement: Body) -> None:
    """Raise :class:`Problem` unless it accepts a message, and only with its token."""
    message: Body = dict.fromkeys(("kanaal", "resource", "actie"), "test")
    message |= {"hoofdObject": EXAMPLE, "resourceUrl": EXAMPLE, "kenmerken": {}}
    message["aanmaakdatum"] = datetime.now(UTC).isoformat()
    url = abonnement["callbackUrl"]
    if post(url, message, abonnement["auth"]) != 204:
        raise Problem(400, "invalid", [("nonFieldErrors", "invalid-callback-url")])
    if post(url, message, "") != 403:
        raise Problem(400, "invalid", [("nonFieldErrors", "no-auth-on-callback-url")])


def main(
    arguments: list[str] | None = None, make: type[Notificaties] = Notificaties
) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = make_parser(__doc__, "NOTIFICATIES_APPLICATIONS")
    parser.add_argument(
        "--kanaal", action="append", default=[], help="repeatable: one that is there"
    )
    options = parser.parse_args(arguments)
    api = make(applications(options))
    for naam in options.kanaal:
        api.add_kanaal(naam, f"http://{options.host}:{options.port}{ROOT}")
    run(api, options)


if __name__ == "__main__":
    main()
