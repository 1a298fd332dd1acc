"""A trade register: `python3 -m testapp peer nhr --port 8011`.

Responds like KVK's Zoeken, Basisprofiel, Vestigingsprofiel and Mutatieservice below
`/api/`, with recorded samples, and below `/bevragen/v1/` as a facade with the terms of
Haal Centraal. Both require the header `apikey` (NHR_API_KEY, if set in the
environment). With --dataservice-port it is KVK Dataservice on that port, over mutual
TLS. A POST to `/register/<vestigingsnummer>` changes the register.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from testapp.peers.certificates import make_certificates
from testapp.peers.dataservice import Dataservice, make_server
from testapp.peers.kept import KeptFile
from testapp.peers.nhr_register import Register
from testapp.peers.standin import StandIn, make_parser, route, run
from testapp.peers.tokens import Body, Problem
from testapp.peers.wire import Reply, Request

API_KEY = "l7xx1f2691f2520d487b902f4e0b57a0b197"
"""The key in KVK's documentation for its test environment."""

MUTATIES = "/api/v1/abonnementen"
FACADE = "/bevragen/v1"
MOST_ON_A_PAGE, FEWEST_ON_A_PAGE = 500, 10


class Refused(Problem):
    """An error of the gateway, or of an API other than KVK's: plain JSON."""

    def __init__(self, status: int, title: str, **headers: str) -> None:
        super().__init__(status, title)
        self.headers = headers

    def reply(self, origin: str) -> Reply:
        content = {"type": "about:blank", "title": self.code, "status": self.status}
        return Reply(self.status, content, "application/json", self.headers)


class Nhr(StandIn):
    """Responds from its register to clients with the key."""

    headers = {"API-Version": "1.5.0"}

    def __init__(self, key: str, file: KeptFile | None = None) -> None:
        super().__init__()
        self.key, self.register = key, Register(file)

    def check(self, request: Request) -> None:
        if request.headers.get("apikey") != self.key:
            raise Refused(401, "Unauthorized")

    def nowhere(self, request: Request) -> Reply:
        return Refused(404, "no Route matched with those values").reply("")

    def finish(self, reply: Any) -> Reply:
        """Return HAL for success, serialized before the register changes again."""
        with self.register.lock:
            return Reply(200, json.dumps(reply).encode(), "application/hal+json")

    @route("GET", "/api/v1/vestigingsprofielen/{nummer}")
    def vestigingsprofiel(self, request: Request, nummer: str) -> Body:
        return self.register.vestigingsprofiel(nummer)

    @route("GET", "/api/v1/basisprofielen/{nummer}")
    def basisprofiel(self, request: Request, nummer: str) -> Body:
        return self.register.basisprofiel(nummer)

    @route("GET", "/api/v2/zoeken")
    def zoeken(self, request: Request) -> Body:
        wanted = request.query.get("inclusiefInactieveRegistraties") == "true"
        rsin = request.query.get("rsin", "")
        return self.register.zoeken(rsin, inactive_too=wanted)

    @route("GET", MUTATIES)
    def abonnementen(self, request: Request) -> Body:
        return self.register.bodies["abonnementen"]

    @route("GET", f"{MUTATIES}/{{abonnement}}")
    def signals(self, request: Request, abonnement: str) -> Body:
        query = request.query
        size, number = int(query.get("aantal", 100)), int(query.get("pagina", 1))
        if not FEWEST_ON_A_PAGE <= size <= MOST_ON_A_PAGE:
            raise Refused(400, "Bad Request")
        earliest, latest = query.get("vanaf", ""), query.get("tot", "9")
        rows = [
            {
                "id": signal["berichtId"],
                "timestamp": signal["registratieTijdstip"],
                "kvknummer": signal["heeftBetrekkingOp"]["kvkNummer"],
                "signaalType": signal["signaalType"],
                "vestigingsnummer": signal["heeftGewijzigdeVestiging"][
                    "vestigingsnummer"
                ],
            }
            for signal in self._signals(abonnement)
            if earliest <= signal["registratieTijdstip"] <= latest
        ]
        pages = max(1, -(-len(rows) // size))
        numbers = {"pagina": number, "aantal": size, "totaal": len(rows)}
        on_page = rows[(number - 1) * size : number * size]
        return {**numbers, "totaalPaginas": pages, "signalen": on_page}

    @route("GET", f"{MUTATIES}/{{abonnement}}/signalen/{{identifier}}")
    def signal(self, request: Request, abonnement: str, identifier: str) -> Body:
        for signal in self._signals(abonnement):
            if signal["berichtId"] == identifier:
                return {"signaal": signal}
        raise Refused(422, "Onbekend signaal")

    def _signals(self, abonnement: str) -> list[Body]:
        if abonnement != self.register.abonnement:
            raise Refused(404, "Not Found")
        return self.register.signals

    @route("GET", f"{FACADE}/vestigingen/{{nummer}}")
    def vestiging(self, request: Request, nummer: str) -> Body:
        error = Refused(404, "Niet gevonden")
        return self.register.found(f"facade-vestiging-{nummer}", error)

    @route("GET", f"{FACADE}/nietnatuurlijkpersonen/{{rsin}}")
    def rechtspersoon(self, request: Request, rsin: str) -> Body:
        error = Refused(404, "Niet gevonden")
        return self.register.found(f"facade-rechtspersoon-{rsin}", error)

    @route("POST", "/register/{nummer}")
    def change(self, request: Request, nummer: str) -> Body:
        """Change fields of a vestiging, as if it had reported a change to KVK."""
        return self.register.change(nummer, self.parse(request))


def main(arguments: list[str] | None = None, make: type[Nhr] = Nhr) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = make_parser(__doc__)
    parser.add_argument("--dataservice-port", type=int, help="also KVK Dataservice")
    parser.add_argument("--certificates", type=Path, help="folder for its certificates")
    options = parser.parse_args(arguments)
    key = os.environ.get("NHR_API_KEY", API_KEY)
    peer = make(key, KeptFile(options.data))
    if options.dataservice_port is not None:
        made = make_certificates(options.certificates)
        service = Dataservice(lambda: peer.register, made)
        make_server(service, options.dataservice_port).serve_in_background()
    run(peer, options)


if __name__ == "__main__":
    main()
