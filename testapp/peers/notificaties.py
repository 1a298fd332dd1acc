"""A Notificaties API: `python3 -m testapp peer notificaties --port 8010`.

Accepts messages, kanalen and abonnementen like the real one, prints a line for each
message, and forwards it to the subscribers. With NOTIFICATIES_APPLICATIONS in the
environment (`id=secret`, separated by commas) it requires a token.
"""

from __future__ import annotations

import uuid

from testapp.peers.abonnementen import Abonnementen, check_form
from testapp.peers.standin import StandIn, applications, make_parser, route, run
from testapp.peers.tokens import Applications, Body, Problem
from testapp.peers.wire import Reply, Request

ROOT = "/api/v1"
KANALEN, ABONNEMENTEN = f"{ROOT}/kanaal", f"{ROOT}/abonnement"


class Notificaties(StandIn):
    """Keeps everything in memory."""

    def __init__(self, applications: Applications | None = None) -> None:
        super().__init__(applications)
        self.kanalen: dict[str, Body] = {}
        self.abonnementen = Abonnementen()

    def add_kanaal(self, naam: str, root: str) -> None:
        """Add a kanaal as if another application had registered it."""
        self._save_kanaal(str(uuid.uuid4()), {"naam": naam}, f"{root}/kanaal")

    @route("POST", f"{ROOT}/notificaties")
    def publish(self, request: Request) -> Reply:
        message = self.message(request)
        words = (message["kanaal"], message["actie"], message["resourceUrl"])
        print(*words, flush=True)  # noqa: T201 - its output is for people
        self.abonnementen.pass_on(message)
        return Reply(201, message)

    def message(self, request: Request) -> Body:
        """Return the message in a request. Raises :class:`Problem` for an invalid one."""
        message = self.parse(request)
        check_form(
            message, ("kanaal", "hoofdObject", "resource", "resourceUrl", "actie")
        )
        return dict(message)

    @route("GET", KANALEN)
    def list_kanalen(self, request: Request) -> list[Body]:
        wanted = request.query.get("naam")
        kanalen = self.kanalen.values()
        return [each for each in kanalen if wanted in (None, each["naam"])]

    @route("POST", KANALEN)
    def create_kanaal(self, request: Request) -> Reply:
        kanaal = self._kanaal(request)
        if any(each["naam"] == kanaal["naam"] for each in self.kanalen.values()):
            raise Problem(400, "invalid", [("naam", "unique")])
        collection = f"{request.origin}{KANALEN}"
        return Reply(201, self._save_kanaal(str(uuid.uuid4()), kanaal, collection))

    @route("PUT", f"{KANALEN}/{{key}}")
    def replace_kanaal(self, request: Request, key: str) -> Body:
        kanaal = self._kanaal(request)
        if key not in self.kanalen:
            raise Problem(404, "not_found")
        return self._save_kanaal(key, kanaal, f"{request.origin}{KANALEN}")

    def _kanaal(self, request: Request) -> Body:
        kanaal = self.parse(request)
        check_form(kanaal, ("naam",))
        return dict(kanaal)

    def _save_kanaal(self, key: str, kanaal: Body, collection: str) -> Body:
        defaults: Body = {"documentatieLink": "", "filters": []}
        known = {name: kanaal[name] for name in ("naam", *defaults) if name in kanaal}
        self.kanalen[key] = {"url": f"{collection}/{key}", **defaults, **known}
        return self.kanalen[key]

    @route("GET", ABONNEMENTEN)
    def list_abonnementen(self, request: Request) -> list[Body]:
        return self.abonnementen.all()

    @route("POST", ABONNEMENTEN)
    def create_abonnement(self, request: Request) -> Reply:
        return Reply(201, self._save_abonnement(request, ""))

    @route("GET", f"{ABONNEMENTEN}/{{key}}")
    def show_abonnement(self, request: Request, key: str) -> Body:
        return self.abonnementen.get(key)

    @route("PUT", f"{ABONNEMENTEN}/{{key}}")
    def replace_abonnement(self, request: Request, key: str) -> Body:
        self.abonnementen.get(key)
        return self._save_abonnement(request, key)

    @route("DELETE", f"{ABONNEMENTEN}/{{key}}")
    def remove_abonnement(self, request: Request, key: str) -> Reply:
        self.abonnementen.remove(key)
        return Reply(204)

    def _save_abonnement(self, request: Request, key: str) -> Body:
        content = self.parse(request)
        kanalen = {each["naam"] for each in self.kanalen.values()}
        self.abonnementen.check(content, key, kanalen)
        collection = f"{request.origin}{ABONNEMENTEN}"
        return self.abonnementen.get(self.abonnementen.save(collection, key, content))


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
