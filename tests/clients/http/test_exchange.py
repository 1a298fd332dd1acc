"""Limits that protect an exchange from hostile or broken servers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.clients.http.addresses import is_public
from klanten_plugin.clients.http.exchange import exchange
from klanten_plugin.clients.moving.klanten_api import KlantenClient
from klanten_plugin.clients.nhr.haal_centraal import HaalCentraalSource
from klanten_plugin.clients.nhr.kvk_http import ask_kvk
from klanten_plugin.clients.notificaties.publishing import publish
from klanten_plugin.clients.rollen.lists import RollenClient
from klanten_plugin.constants import NhrSoort, RolSoort
from klanten_plugin.exceptions import (
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from klanten_plugin.models import RolBron
from klanten_plugin.models.nhr import NhrNummer
from tests.hostile import (
    HOSTILE,
    IN_BUFFERS,
    Hostile,
    head,
    hostile_server,
    silence,
)
from tests.nhr import redis_url
from tests.notificaties import configure, needs_notifications

pytestmark = pytest.mark.django_db

REDIRECTS = ("redirect", "packed redirect")


def service_at(server: Hostile, **fields: Any) -> Service:
    """Create a Service for this address, by default without credentials."""
    values = {"label": "Bron", "slug": "bron", "auth_type": AuthTypes.no_auth, **fields}
    return Service.objects.create(api_root=server.url("/api/"), **values)


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def left_behind(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return deadline and name look-up threads that exchanges left running."""
    return [
        one
        for one in threads() - before
        if isinstance(one, threading.Timer) or "(work)" in one.name
    ]


def clients(service: Service) -> dict[str, Callable[[], Any]]:
    """A call of each API."""
    number = NhrNummer(NhrSoort.VESTIGING, "000012345678")
    configure(notifications_api_service=service)
    bron = RolBron(service=service, soort=RolSoort.VERZOEKEN)
    return {
        "notificaties": lambda: publish({}),
        "kvk": lambda: ask_kvk(service, "v1/vestigingsprofielen/1", paid=True),
        "haal centraal": lambda: HaalCentraalSource(service).look_up(number),
        "rollen": lambda: RollenClient(bron).read_page(1),
        "klanten": lambda: KlantenClient(service, service.api_root).read_page(1),
    }


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_more_is_read_than_was_asked_for(kind: str) -> None:
    before = threads()
    with hostile_server(HOSTILE[kind]) as server:
        service = service_at(server)
        if kind in REDIRECTS:
            assert exchange(service, "GET", "x").status == 302
            assert exchange(service, "GET", "x").content == b""
        else:
            with pytest.raises(TemporaryRemoteError):
                exchange(service, "GET", "x")
        assert server.sent < IN_BUFFERS
        assert left_behind(before) == []
        while server.open:  # the connection is closed, so the server stops
            server.released.wait(0.01)
        assert not server.released.is_set()


@needs_notifications
@pytest.mark.parametrize("kind", ["packed redirect", "bomb", "header"])
def test_of_any_api(settings: Any, kind: str) -> None:
    settings.KLANTEN_NHR_LIMITER_URL = redis_url()
    with hostile_server(HOSTILE[kind]) as server:
        for call in clients(service_at(server)).values():
            with pytest.raises(RemoteError):
                call()
        assert server.asked == 5
        assert server.sent < 5 * IN_BUFFERS


def answering(content: bytes) -> Callable[[Hostile, socket.socket], None]:
    return lambda server, connection: server.send(connection, content)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "x-unknown"])
def test_what_is_packed_is_refused(coding: str) -> None:
    content = head(200, f"Content-Encoding: {coding}", "Content-Length: 2") + b"{}"
    match = f"ingepakt \\({coding}\\)"
    with (
        hostile_server(answering(content)) as server,
        pytest.raises(TemporaryRemoteError, match=match),
    ):
        exchange(service_at(server), "GET", "x")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (head(200, "Content-Length: 2") + b"{}", b"{}"),
        (head(200, "Content-Encoding: identity", "Content-Length: 2") + b"{}", b"{}"),
        (head(200) + b"{}", b"{}"),
        (head(200, "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n", b"{}"),
        (head(100) + head(200, "Content-Length: 2") + b"{}", b"{}"),
        (head(204), b""),
        (head(304), b""),
    ],
)
def test_what_is_read(content: bytes, expected: bytes) -> None:
    with hostile_server(answering(content)) as server:
        assert exchange(service_at(server), "GET", "x").content == expected


@pytest.mark.parametrize(
    "content",
    [
        head(200, "Content-Length: 3") + b"{}",
        head(200, "Transfer-Encoding: chunked") + b"5\r\n{}",
        head(200, "Transfer-Encoding: chunked") + b"x\r\n{}",
        b"220 smtp.example.nl ESMTP\r\n",
        b"",
    ],
)
def test_an_answer_that_breaks_off_is_no_answer(content: bytes) -> None:
    with (
        hostile_server(answering(content)) as server,
        pytest.raises(TemporaryRemoteError, match="Bron is niet bereikbaar"),
    ):
        exchange(service_at(server), "GET", "x")


def test_a_declared_size_is_refused_before_a_byte_is_read() -> None:
    def declare(server: Hostile, connection: socket.socket) -> None:
        server.send(connection, head(200, "Content-Length: 1048577"))
        server.released.wait(60)

    with (
        hostile_server(declare) as server,
        # reading the body would wait for it
        pytest.raises(TemporaryRemoteError, match="te groot"),
    ):
        exchange(service_at(server), "GET", "x")


def test_a_body_that_is_packed_is_not_asked_for() -> None:
    asked: list[bytes] = []

    def remember(server: Hostile, connection: socket.socket) -> None:
        server.send(connection, head(204))

    with hostile_server(remember) as server:
        real = server.handle

        def handle(connection: socket.socket) -> None:
            asked.append(connection.recv(65536, socket.MSG_PEEK))
            real(connection)

        server.handle = handle  # type: ignore[method-assign]
        exchange(service_at(server), "GET", "x")
    assert b"Accept-Encoding: identity\r\n" in asked[0]


def test_a_silent_server_leaves_nothing_behind() -> None:
    before = threads()
    with hostile_server(silence) as server:
        service = service_at(server, timeout=1)
        with pytest.raises(TemporaryRemoteError, match="ReadTimeout"):
            exchange(service, "GET", "x")
        assert left_behind(before) == []


@pytest.mark.parametrize(
    "url", ["http://elsewhere.example/api/x", "../x", "x/../../y", "{root}/../y"]
)
def test_credentials_stay_under_the_root(url: str) -> None:
    with hostile_server(answering(head(204))) as server:
        service = service_at(server)
        with pytest.raises(PermanentRemoteError, match="API-root van Bron"):
            exchange(service, "GET", url.format(root=server.url("/api")))
        assert server.asked == 0


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"),
        *("192.0.0.1", "192.168.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
        *("0.0.0.0", "255.255.255.255", "168.63.129.16", "192.31.196.1"),  # noqa: S104
        *("192.52.193.1", "192.175.48.1", "192.88.99.1"),
        *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:8.8.8.8", "fec0::1"),
        *("fe80::1%eth0", "fd00::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("2001:db8::1", "2620:4f:8000::1", "100::1", "5f00::1"),
    ],
)
def test_addresses_that_are_no_consumers_business(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "145.222.1.1", "2a02:2770::21a:4aff:fe5c:1"]
)
def test_addresses_on_the_internet(address: str) -> None:
    assert is_public(address)
