"""Connections are reused between exchanges, without losing or repeating requests."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.clients.http import connections
from klanten_plugin.clients.http.exchange import exchange
from klanten_plugin.clients.klanten.subject import fault_of_subject
from klanten_plugin.constants import OutboxKind, OutboxState
from klanten_plugin.exceptions import TemporaryRemoteError
from klanten_plugin.models import OutboxRow
from klanten_plugin.tasks import TASKS
from tests.api_client import ApiClient
from tests.bodies import full_body
from tests.notificaties import needs_notifications, notifications, use_service
from tests.outbox import make_due
from tests.web_server import serving

__all__ = ["notifications"]

pytestmark = pytest.mark.django_db

deliver_notifications = TASKS[OutboxKind.NOTIFICATION]


@dataclass
class Remote:
    """An HTTP server with persistent connections.

    It hangs up after a number of requests per connection (``hangs_up``), without a
    response; closes each connection after a response without announcing it
    (``closes``); sends extra data after the response (``rest``); or doesn't respond
    (``is_silent``).
    """

    port: int = 0
    scheme: str = "http"
    hangs_up: int = 1000
    closes: bool = False
    rest: bytes = b""
    is_silent: bool = False
    made: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    released: threading.Event = field(default_factory=threading.Event)
    open: int = 0

    def root(self, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}/api/v1/"

    def add(self, number: int) -> None:
        """Add to the number of open connections."""
        with self.changed:
            self.open += number
            self.made += max(number, 0)
            self.changed.notify_all()

    def wait_until_closed(self) -> None:
        """Wait until both ends know that each connection is closed."""
        with self.changed:
            assert self.changed.wait_for(lambda: not self.open, 10)

    def answer(self, handler: Any) -> None:
        """Respond to one request on a connection, or don't."""
        content = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.asked.append((handler.command, content.decode()))
        handler.number += 1
        if self.is_silent:
            self.released.wait(30)
        if handler.number > self.hangs_up or self.is_silent:
            handler.close_connection = True
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}" + self.rest)
        handler.close_connection = self.closes


@contextmanager
def keeping_server(tls: ssl.SSLContext | None = None, **how: Any) -> Iterator[Remote]:
    """Run such a server in this context."""
    remote = Remote(scheme="https" if tls else "http", **how)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.number = 0
            remote.add(1)

        def finish(self) -> None:
            super().finish()
            remote.add(-1)

        def do_GET(self) -> None:
            remote.answer(self)

        def do_POST(self) -> None:
            remote.answer(self)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with serving(server) as remote.port:
        try:
            yield remote
        finally:
            remote.released.set()


def service_at(remote: Remote, host: str = "127.0.0.1", **fields: Any) -> Service:
    """Create a Service for this address, by default without credentials."""
    values = {"label": "Bron", "auth_type": AuthTypes.no_auth, **fields}
    number = Service.objects.count()
    return Service.objects.create(
        api_root=f"{remote.root(host)}{number}/", slug=f"bron-{number}", **values
    )


def post_klanten(api: ApiClient, *klantnummers: str) -> None:
    for klantnummer in klantnummers:
        body = full_body("natuurlijk_persoon", klantnummer=klantnummer)
        assert api.post(body).status_code == 201


@needs_notifications
def test_notifications_share_a_connection(api: ApiClient, notifications: None) -> None:
    with keeping_server() as remote:
        use_service(remote.root())
        post_klanten(api, *map(str, range(12)))
        deliver_notifications()
        assert remote.made == 1
        assert len(set(remote.asked)) == len(remote.asked) == 12


@needs_notifications
def test_a_remote_that_closes_after_each_answer(
    api: ApiClient, notifications: None
) -> None:
    with keeping_server(closes=True) as remote:
        use_service(remote.root())
        for number in range(3):
            post_klanten(api, str(number))
            deliver_notifications()
            remote.wait_until_closed()
        assert (remote.made, len(remote.asked)) == (3, 3)
        assert not OutboxRow.objects.exclude(state=OutboxState.DONE).exists()


@needs_notifications
def test_a_remote_that_hangs_up_on_a_notification(
    api: ApiClient, notifications: None
) -> None:
    """It is unknown whether the request arrived, so the outbox sends it again later."""
    with keeping_server(hangs_up=1) as remote:
        use_service(remote.root())
        post_klanten(api, "1", "2")
        deliver_notifications()
        assert len(remote.asked) == 2
        waiting = OutboxRow.objects.get(state=OutboxState.WAITING)
        assert (waiting.attempts, OutboxRow.objects.count()) == (1, 2)
        assert "niet bereikbaar" in waiting.last_error
        make_due()
        deliver_notifications()
        assert not OutboxRow.objects.exclude(state=OutboxState.DONE).exists()
        assert remote.asked[1] == remote.asked[2]
        assert (remote.made, len(remote.asked)) == (2, 3)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_remote_that_hangs_up(method: str) -> None:
    """It is unknown whether the request arrived. Retries are up to the caller."""
    with keeping_server(hangs_up=1) as remote:
        service = service_at(remote)
        exchange(service, method, "x")
        with pytest.raises(TemporaryRemoteError, match="ConnectionError"):
            exchange(service, method, "x")
        assert len(remote.asked) == 2
        # the failed one isn't reused
        assert exchange(service, method, "x").payload == {}


def test_a_remote_that_is_silent_on_a_kept_connection(settings: Any) -> None:
    with keeping_server() as remote:
        service = service_at(remote, timeout=1)
        exchange(service, "GET", "x")
        remote.is_silent = True
        with pytest.raises(TemporaryRemoteError, match="ReadTimeout"):
            exchange(service, "GET", "x")
        remote.is_silent = False
        assert exchange(service, "GET", "x").payload == {}
        assert (remote.made, len(remote.asked)) == (2, 3)


def test_a_remote_that_sends_more_than_its_answer() -> None:
    """The extra data isn't taken for the next response."""
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]"
    with keeping_server(rest=forged) as remote:
        service = service_at(remote)
        assert [exchange(service, "GET", "x").payload for _ in range(3)] == [{}] * 3
        assert remote.made == 3


@pytest.mark.parametrize("name", ["IDLE_SECONDS", "LIFETIME_SECONDS"])
def test_a_connection_that_is_too_old(monkeypatch: Any, name: str) -> None:
    monkeypatch.setattr(connections, name, 0.0)
    with keeping_server() as remote:
        service = service_at(remote)
        exchange(service, "GET", "x")
        remote.wait_until_closed()
        exchange(service, "GET", "x")
        assert remote.made == 2


def test_a_consumers_url_is_asked_on_a_connection_of_its_own(settings: Any) -> None:
    settings.KLANTEN_SUBJECT_HOSTS = "all"
    with keeping_server() as remote:
        for _time in range(2):
            assert fault_of_subject(f"{remote.root()}1") is None
            remote.wait_until_closed()
        assert remote.made == 2


def test_a_new_secret_and_a_new_root_hold_at_once() -> None:
    """Each Service sends its own credentials, even if they share a host."""
    with keeping_server() as remote:
        seen: list[str | None] = []
        real = remote.answer

        def remember(handler: Any) -> None:
            seen.append(handler.headers["X-Key"])
            real(handler)

        remote.answer = remember  # type: ignore[method-assign]
        key = {"auth_type": AuthTypes.api_key, "header_key": "X-Key"}
        first = service_at(remote, header_value="one", **key)
        second = service_at(remote, header_value="two", **key)
        for service in (first, second):
            exchange(service, "GET", "x")
        first.header_value = "three"
        exchange(first, "GET", "x")
        assert (seen, remote.made) == (["one", "two", "three"], 1)
        first.api_root = remote.root("localhost")
        exchange(first, "GET", "x")
        assert remote.made == 2


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_forks() -> None:
    """As in Celery's pool: the parent's connection isn't shared."""
    with keeping_server() as remote:
        service = service_at(remote)
        exchange(service, "GET", "parent")
        child = os.fork()
        if not child:
            found = exchange(service, "GET", "child").payload
            os._exit(0 if found == {} else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert remote.made == 2
        assert exchange(service, "GET", "parent").payload == {}
        assert remote.made == 2


@pytest.fixture
def certificates(tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    """Create a certificate for 127.0.0.1 and its key, always under the same names."""

    def make() -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bron")])
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        public, private = tmp_path / "public.pem", tmp_path / "private.pem"
        public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return public, private

    return make


def test_another_certificate_needs_another_connection(
    certificates: Callable[[], tuple[Path, Path]], monkeypatch: Any
) -> None:
    public, private = certificates()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(public))
    with keeping_server(context) as remote:
        service = service_at(remote, "localhost")
        for _time in range(3):
            exchange(service, "GET", "x")
        assert remote.made == 1
        # the file now has another certificate than the server
        certificates()
        with pytest.raises(TemporaryRemoteError, match="SSLError"):
            exchange(service, "GET", "x")
        assert len(remote.asked) == 3
