"""Bodies over HTTP: without a length, too large, or refused before they are read."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.api_client import KLANTEN, URL, ApiClient, klant_body, make_application
from tests.served.server import SECONDS, running_server

SERVERS: dict[str, dict[str, Any]] = {
    "sync": {},
    "gthread": {"options": ("--worker-class", "gthread", "--threads", "4")},
    "uvicorn": {
        "options": ("--worker-class", "uvicorn.workers.UvicornWorker"),
        "application": "tests.served.asgi",
    },
}
WSGI = ("sync", "gthread")
"""Under ASGI, Django reads every body completely before handling the request."""
MEGABYTE = 1024 * 1024
PIECES = 7
"""Bytes per chunk: fewer than the length of any searched word."""


@pytest.fixture(scope="module", params=SERVERS)
def origin(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[str]:
    with django_db_blocker.unblock():
        server = running_server(1, **SERVERS[request.param])
        with server as url:
            yield url


@pytest.fixture
def consumer(transactional_db: None, multi_component: None, origin: str) -> ApiClient:
    """A consumer with every scope. It can also request the host in this process."""
    return make_application("all", *KLANTEN)


def chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECES):
        yield content[start : start + PIECES]


def headers_of(consumer: ApiClient) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {consumer.token}",
        "Content-Type": "application/json",
    }


def send(
    origin: str, consumer: ApiClient, method: str, path: str, content: bytes
) -> requests.Response:
    """Return the response to a chunked body, without a Content-Length."""
    return requests.request(
        method,
        f"{origin}{urlsplit(path).path}",
        data=chunks(content),
        headers=headers_of(consumer),
        timeout=SECONDS,
    )


def test_a_chunked_body_is_a_body(origin: str, consumer: ApiClient) -> None:
    body = json.dumps(klant_body(achternaam="Zoë" * 50)).encode()

    created = send(origin, consumer, "POST", URL, body)
    assert created.status_code == 201, created.content
    klant = created.json()
    assert klant["achternaam"] == "Zoë" * 50
    patched = send(origin, consumer, "PATCH", klant["url"], b'{"functie": "baas"}')
    assert patched.json() == {**klant, "functie": "baas"}
    changed = json.dumps(klant_body(achternaam="Boom")).encode()
    put = send(origin, consumer, "PUT", klant["url"], changed)
    assert put.json()["achternaam"] == "Boom"
    actions = [line["actie"] for line in consumer.audit_lines(klant)]
    assert actions == ["create", "partial_update", "update"]


@pytest.mark.parametrize("content", [b"{", b"[]", b" "])
def test_a_chunked_body_that_is_wrong(
    origin: str, consumer: ApiClient, content: bytes
) -> None:
    klant = consumer.create()

    response = send(origin, consumer, "PATCH", klant["url"], content)

    assert response.status_code == 400
    assert len(consumer.audit_lines(klant)) == 1


@pytest.mark.parametrize("size", [MEGABYTE + 1, 8 * MEGABYTE])
def test_a_chunked_body_that_is_too_large(
    origin: str, consumer: ApiClient, size: int
) -> None:
    klant = consumer.create()
    sent = (b" " * MEGABYTE for _piece in range(size // MEGABYTE + 1))

    response = requests.patch(
        klant["url"].replace("http://testserver", origin),
        data=sent,
        headers=headers_of(consumer),
        timeout=SECONDS,
    )

    assert response.status_code == 413
    assert response.json()["code"] == "request_too_large"


@pytest.mark.parametrize("token", [True, False])
@pytest.mark.parametrize("size", [MEGABYTE + 1, 8 * MEGABYTE, 40 * MEGABYTE])
def test_the_answer_to_a_large_body_arrives(
    origin: str, consumer: ApiClient, size: int, token: bool
) -> None:
    headers = headers_of(consumer if token else ApiClient("none"))
    connection = HTTPConnection(urlsplit(origin).netloc, timeout=SECONDS)

    # reads the response only after sending everything
    connection.request("POST", URL, b" " * size, headers)
    response = connection.getresponse()

    assert response.status == (413 if token else 403)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.read())["status"] == response.status
    connection.close()


@pytest.mark.parametrize("origin", WSGI, indirect=True)
def test_a_body_without_end_is_not_read_to_its_end(
    origin: str, consumer: ApiClient
) -> None:
    """The server closes the connection at some point, and handles other requests."""
    piece = b" " * MEGABYTE
    host, port = urlsplit(origin).netloc.split(":")
    with socket.create_connection((host, int(port)), SECONDS) as sent:
        sent.sendall(head(consumer, "Transfer-Encoding: chunked"))
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            sent.sendall((b"%x\r\n%s\r\n" % (len(piece), piece)) * 400)

    assert requests.get(f"{origin}{URL}", timeout=SECONDS).status_code == 403


def head(consumer: ApiClient, *headers: str) -> bytes:
    lines = (
        f"POST {URL} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {consumer.token}",
        "Content-Type: application/json",
        *headers,
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def answer_to(origin: str, content: bytes) -> bytes:
    """Return the response to bytes after which the client waits silently."""
    host, port = urlsplit(origin).netloc.split(":")
    received = b""
    with socket.create_connection((host, int(port)), SECONDS) as connection:
        connection.sendall(content)
        while piece := connection.recv(65_536):
            received += piece
            if b"\r\n\r\n" in received and b"}" in received:
                break
    return received


def test_a_chunk_that_is_malformed(origin: str, consumer: ApiClient) -> None:
    content = head(consumer, "Transfer-Encoding: chunked") + b"2\r\n{}\r\nzz\r\n"

    received = answer_to(origin, content)

    assert received.split()[1] == b"400"


@pytest.mark.parametrize("origin", WSGI, indirect=True)
@pytest.mark.parametrize(
    "length", ["Content-Length: 100000", "Transfer-Encoding: chunked"]
)
def test_who_is_refused_and_stays_silent(
    origin: str, consumer: ApiClient, length: str
) -> None:
    """The wait for the rest of a refused body is limited."""
    stranger = ApiClient("none")

    received = answer_to(origin, head(stranger, length) + b"f\r\n")

    assert received.split()[1] == b"403"
