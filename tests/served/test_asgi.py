"""A host under ASGI responds like one under WSGI."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from tests.api_client import KLANTEN, ROOT, URL, ApiClient, klant_body, make_application
from tests.bodies import full_body
from tests.served.server import SECONDS, running_server

THREADS = ("--worker-class", "gthread", "--threads", "4")
UVICORN = ("--worker-class", "uvicorn.workers.UvicornWorker")
OF_THE_SERVER = {
    "connection",
    "content-length",  # differs for a 204, and by the length of a port
    "date",
    "etag",  # the ETag of another klant
    "server",
    "transfer-encoding",
}
"""Headers that always differ."""
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"  # UUIDs
    r"|http://127\.0\.0\.1:\d+"
    r"|\d{4}-\d\d-\d\dT[0-9:.+Z]+"
    r'|(?<="klantnummer":")\d+'
)


@pytest.fixture(scope="module")
def origins(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
    """The origins of a WSGI and an ASGI server on the same database."""
    with django_db_blocker.unblock(), ExitStack() as stack:
        yield [
            stack.enter_context(running_server(1, options=THREADS)),
            stack.enter_context(
                running_server(1, options=UVICORN, application="tests.served.asgi")
            ),
        ]


def conversation(origin: str, token: str) -> Iterator[tuple[Any, ...]]:
    """Return the responses to a consumer during the life of a klant, normalised."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"

    def ask(method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{origin}{path}"
        return session.request(method, url, timeout=SECONDS, **options)

    made = ask("POST", URL, json=full_body("natuurlijk_persoon"))
    yield told(made)
    klant = made.json()["url"]
    detail = ask("GET", klant)
    yield told(detail)
    etag = {"If-None-Match": detail.headers["ETag"]}
    requested = (
        ("GET", klant, {"headers": etag}),
        ("HEAD", klant, {}),
        ("GET", f"{URL}?klantnummer={made.json()['klantnummer']}", {}),
        ("GET", f"{URL}?page=1000", {}),
        ("GET", f"{URL}?unknown=1", {}),
        ("PATCH", klant, {"json": {"functie": "Zoë"}}),
        ("PATCH", klant, {"data": b"{"}),
        ("PATCH", klant, {"json": {"websiteUrl": "no URL"}}),
        ("PUT", klant, {"json": klant_body(achternaam="Boom")}),
        ("GET", f"{klant}/audittrail", {}),
        ("OPTIONS", URL, {}),
        ("TRACE", URL, {}),
        ("GET", f"{ROOT}/schema/openapi.yaml?v=3", {}),
        ("GET", URL, {"headers": {"Authorization": ""}}),
        ("GET", URL, {"headers": {"Accept": "text/html"}}),
        ("DELETE", klant, {}),
        ("GET", klant, {}),
    )
    for method, path, options in requested:
        yield method, *told(ask(method, path, **options))


def told(response: requests.Response) -> tuple[Any, ...]:
    """Return status, headers and body, without values that differ per klant."""
    headers = {
        name.lower(): CHANGING.sub("", value)
        for name, value in response.headers.items()
        if name.lower() not in OF_THE_SERVER
    }
    if "json" not in headers.get("content-type", ""):
        return response.status_code, headers, CHANGING.sub("", response.text)
    body = (
        json.dumps(response.json(), separators=(",", ":")) if response.content else ""
    )
    return response.status_code, headers, CHANGING.sub("", body)


def test_asgi_answers_as_wsgi_does(
    transactional_db: None, multi_component: None, origins: list[str]
) -> None:
    consumer: ApiClient = make_application("all", *KLANTEN)

    wsgi, asgi = (list(conversation(origin, consumer.token)) for origin in origins)

    statuses = [next(part for part in one if isinstance(part, int)) for one in wsgi]
    assert statuses[0] == 201, wsgi[0]
    assert {200, 204, 304, 400, 403, 404} <= set(statuses)
    for of_wsgi, of_asgi in zip(wsgi, asgi, strict=True):
        assert of_asgi == of_wsgi
