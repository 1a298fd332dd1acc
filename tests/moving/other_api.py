"""A remote Klanten API, whose list changes while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from testapp.peers.wire import Reply, Request, Server
from tests.web_server import serving

PAGE = 10
SECRET = "a secret of more than thirty-two characters"

Body = dict[str, Any]
Answer = tuple[int, Any]


def other_klant(number: int, **fields: Any) -> Body:
    """Return a klant in the format of that API. ``...`` omits a field."""
    body = {
        "url": f"http://intern:8000/klanten/api/v1/klanten/{UUID(int=number)}",
        "bronorganisatie": "123456782",
        "klantnummer": f"{number:08d}",
        "bedrijfsnaam": "",
        "functie": "",
        "websiteUrl": "https://example.nl/",
        "voornaam": "",
        "voorvoegselAchternaam": "",
        "achternaam": f"Achternaam {number}",
        "telefoonnummer": "",
        "emailadres": "",
        "adres": None,
        "subject": "",
        "subjectType": "natuurlijk_persoon",
        "subjectIdentificatie": {"inpBsn": ""},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not ...}


@dataclass
class OtherApi:
    """Serves ``klanten`` in their order. Calls ``meanwhile`` before each page.

    That may change the list, or return a response to send instead.
    """

    port: int = 0
    klanten: list[Body] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[int], Answer | None] = lambda _page: None
    dress: Callable[[Body], Any] = lambda body: body

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}/klanten/api/v1"

    def answer(self, page: int) -> Answer:
        self.asked.append(page)
        if other := self.meanwhile(page):
            return other
        first = (page - 1) * PAGE
        results = self.klanten[first : first + PAGE]
        if not results and page > 1:
            return 404, {"status": 404, "code": "not_found"}
        # behind its proxy it doesn't know its own address
        following = f"https://elders.example.nl/klanten?page={page + 1}"
        body = {
            "count": len(self.klanten),
            "next": following if first + PAGE < len(self.klanten) else None,
            "previous": None,
            "results": results,
        }
        return 200, self.dress(body)


@contextmanager
def serve(api: OtherApi) -> Iterator[OtherApi]:
    """Run the API on loopback in this context."""

    def answer(request: Request) -> Reply:
        api.tokens.append(request.headers.get("Authorization", ""))
        assert request.path == "/klanten/api/v1/klanten"
        status, body = api.answer(int(request.query["page"]))
        location = {"Location": "/elders"} if 300 <= status < 400 else {}
        return Reply(status, body, headers=location | api.headers)

    with serving(Server(answer)) as port:
        api.port = port
        yield api
