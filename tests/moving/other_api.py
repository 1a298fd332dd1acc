"""Another Klanten API at the far end of a wire, whose list changes while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from testapp.peers.answers import Server
from tests.web_server import serving

PAGE = 10
SECRET = "a secret of more than thirty-two characters"

Body = dict[str, Any]
Answer = tuple[int, Any]


def other_klant(number: int, **fields: Any) -> Body:
    """A klant as that API shows it; ``...`` leaves a field out."""
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
    """Serves ``klanten`` in their order. Before each page it calls ``meanwhile``.

    That may change the list, or return an answer to give instead.
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
    """The API on loopback as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.tokens.append(self.headers.get("Authorization", ""))
            path, query = urlsplit(self.path).path, urlsplit(self.path).query
            assert path == "/klanten/api/v1/klanten"
            status, body = api.answer(int(parse_qs(query)["page"][0]))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("Location", "/elders")
            for name, value in api.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None: ...

    with serving(Server(("127.0.0.1", 0), Handler)) as port:
        api.port = port
        yield api
