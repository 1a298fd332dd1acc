"""kla-002: a subject must exist, and checking it must be harmless."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat
from typing import Any

from django.apps import apps

import jwt
import pytest
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.clients.klanten import restraint
from klanten_plugin.clients.klanten.subject import SUBJECT_SILENT
from klanten_plugin.models import Klant, KlantenConfig, NhrBron
from testapp.peers.wire import Reply, Request
from tests.api_client import ApiClient, faults, klant_body
from tests.hostile import hostile_server, silence
from tests.notificaties import configure
from tests.peers.replies import CUT, Streamed
from tests.web_server import WebServer, web_server

BAD_URL = {("subject", "bad-url")}
NOT_A_URL = {("subject", "bad-url"), ("subject", "invalid")}
SECRET = "the secret of a service, which is long enough"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as state:
        yield state


@pytest.fixture
def everywhere(settings: Any) -> None:
    """Allow requests to loopback."""
    settings.KLANTEN_SUBJECT_HOSTS = "all"


def by_subject(url: str, **fields: Any) -> dict[str, Any]:
    return klant_body(subject=url, subjectIdentificatie=..., subjectType=..., **fields)


def drip(request: Request) -> Reply:
    """Send a byte now and then until the client disconnects, but no status line."""
    with suppress(OSError):
        while True:
            request.connection.sendall(b"x")
            time.sleep(0.02)
    return CUT


def hang_up(_request: Request) -> Reply:
    return CUT


def pour(_request: Request) -> Reply:
    """Send a body that never ends."""
    return Streamed(200, parts=repeat(b"x" * 65536))


def service(
    server: WebServer, path: str = "/api/", named: bool = True, **fields: Any
) -> Service:
    """Create a Service for this address, listed for subjects or not."""
    made = Service.objects.create(
        label="bron",
        api_type=APITypes.orc,
        api_root=server.url(path),
        **{
            "slug": "bron",
            "auth_type": AuthTypes.zgw,
            "client_id": "klanten",
            "secret": SECRET,
            **fields,
        },
    )
    if named:
        KlantenConfig.get_solo().subject_services.add(made)
    return made


@pytest.mark.parametrize(
    ("route", "accepted"),
    [
        pytest.param(200, True, id="200"),
        pytest.param("/found", True, id="redirect to 200"),
        pytest.param("/hop-1", True, id="five redirects"),
        pytest.param("/hop-0", False, id="six redirects"),
        pytest.param(pour, True, id="200 with a body without end"),
        pytest.param("/missing", False, id="redirect to 404"),
        pytest.param("/asked", False, id="redirect loop"),
        pytest.param("ftp://example.nl/", False, id="redirect to ftp"),
        pytest.param("file:///etc/passwd", False, id="redirect to a file"),
        pytest.param("http://[", False, id="redirect to rubbish"),
        pytest.param(hang_up, False, id="hangs up"),
        pytest.param(drip, False, id="drips for ever"),
        *(
            pytest.param(status, False, id=str(status))
            for status in (201, 204, 206, 304, 400, 401, 403, 404, 410, 500, 503)
        ),
    ],
)
def test_what_the_server_says_decides(
    api: ApiClient, server: WebServer, everywhere: None, settings: Any,
    route: Any, accepted: bool,
) -> None:  # fmt: skip
    settings.KLANTEN_SUBJECT_TIMEOUT = 1
    hops = {f"/hop-{number}": f"/hop-{number + 1}" for number in range(5)}
    server.routes = {"/asked": route, "/found": 200, **hops, "/hop-5": 200}
    response = api.post(by_subject(server.url("/asked")))
    if accepted:
        assert response.status_code == 201
        assert response.json()["subject"] == server.url("/asked")
        assert response.json()["subjectType"] is None
    else:
        assert faults(response) == BAD_URL
        assert not Klant.objects.exists()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1/", BAD_URL),
        ("http://nowhere.invalid/", BAD_URL),
        ("ftp://example.nl/subject", BAD_URL),
        ("file:///etc/passwd", NOT_A_URL),
        ("gopher://example.nl/", NOT_A_URL),
        ("no url", NOT_A_URL),
        ("http://[", NOT_A_URL),
        ("http://[::1]]/", NOT_A_URL),
        ("//example.nl/", NOT_A_URL),
    ],
)
def test_urls_that_cannot_be_asked_for(
    api: ApiClient, everywhere: None, url: str, expected: set[Any]
) -> None:
    assert faults(api.post(by_subject(url))) == expected


def test_no_network_for_a_url_that_is_too_long(
    api: ApiClient, server: WebServer, everywhere: None
) -> None:
    response = api.post(by_subject(server.url("/" + "x" * 1000)))
    assert ("subject", "max_length") in faults(response)


@pytest.mark.parametrize("path", ["/with:user", "/ünïcode", "/?a=b&c=%20"])
def test_urls_are_kept_as_they_came(
    api: ApiClient, server: WebServer, everywhere: None, path: str
) -> None:
    server.otherwise = 200
    url = server.url(path).replace("://", "://user:password@")
    assert api.post(by_subject(url)).json()["subject"] == url


class TestUpdate:
    @pytest.fixture
    def path(self, api: ApiClient, server: WebServer, everywhere: None) -> str:
        server.routes = {"/a": 200, "/b": 200}
        response = api.post(klant_body(subject=server.url("/a")))
        server.asked.clear()
        return str(response.json()["url"]).removeprefix("http://testserver")

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_a_new_value_is_asked_for(
        self, api: ApiClient, server: WebServer, path: str, method: str
    ) -> None:
        body = klant_body(subject=server.url("/b"))
        assert api.request(method, path, body).status_code == 200
        assert [asked for asked, _headers in server.asked] == ["/b"]
        body = klant_body(subject=server.url("/missing"))
        assert faults(api.request(method, path, body)) == BAD_URL
        assert api.get(path).json()["subject"] == server.url("/b")

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_the_same_value_is_not_asked_for_again(
        self, api: ApiClient, server: WebServer, path: str, method: str
    ) -> None:
        server.routes = {}  # deleted by now
        body = klant_body(subject=server.url("/a"), voornaam="Nieuw")
        response = api.request(method, path, body)
        assert response.json()["voornaam"] == "Nieuw"
        assert api.patch(path, {"voornaam": "Ander"}).status_code == 200
        assert server.asked == []

    def test_an_empty_value_is_not_asked_for(
        self, api: ApiClient, server: WebServer, path: str
    ) -> None:
        assert api.patch(path, {"subject": ""}).json()["subject"] == ""
        assert server.asked == []


class TestCredentials:
    def test_a_service_gives_its_credentials(
        self, api: ApiClient, server: WebServer
    ) -> None:
        """And allows loopback, which is forbidden by default."""
        service(server)
        server.routes = {"/api/1": 200}
        assert api.post(by_subject(server.url("/api/1"))).status_code == 201
        [(_path, headers)] = server.asked
        token = headers["Authorization"].removeprefix("Bearer ")
        assert jwt.decode(token, SECRET, ["HS256"])["client_id"] == "klanten"

    def test_no_service_no_credentials(
        self, api: ApiClient, server: WebServer, everywhere: None
    ) -> None:
        service(server, "/api/")
        server.routes = {"/other/1": 200}
        assert api.post(by_subject(server.url("/other/1"))).status_code == 201
        [(_path, headers)] = server.asked
        assert "Authorization" not in headers

    def test_credentials_stay_on_their_host(
        self, api: ApiClient, server: WebServer, everywhere: None
    ) -> None:
        with web_server() as elsewhere:
            elsewhere.routes = {"/1": 200}
            service(server, auth_type=AuthTypes.api_key, header_key="X-Key",
                    header_value="secret")  # fmt: skip
            server.routes = {"/api/1": elsewhere.url("/1")}
            assert api.post(by_subject(server.url("/api/1"))).status_code == 201
            assert server.asked[0][1]["X-Key"] == "secret"
            [(_path, headers)] = elsewhere.asked
            assert {"Authorization", "X-Key"}.isdisjoint(headers)

    def test_dots_do_not_lead_out_of_the_root(
        self, api: ApiClient, server: WebServer, everywhere: None
    ) -> None:
        service(server)
        server.routes = {"/other/1": 200}
        url = server.url("/api/../other/1")
        assert api.post(by_subject(url)).status_code == 201
        [(path, headers)] = server.asked
        assert path == "/other/1"
        assert "Authorization" not in headers

    def test_a_service_that_cannot_authenticate(
        self, api: ApiClient, server: WebServer
    ) -> None:
        service(server, secret="")
        server.routes = {"/api/1": 401}
        assert faults(api.post(by_subject(server.url("/api/1")))) == BAD_URL


class TestServices:
    """Only Services that the administrator listed for subjects provide credentials."""

    @pytest.mark.parametrize("hosts", ["public", "services"])
    def test_another_service_is_as_an_unknown_host(
        self, api: ApiClient, server: WebServer, settings: Any, hosts: str
    ) -> None:
        settings.KLANTEN_SUBJECT_HOSTS = hosts
        service(server, named=False)
        server.routes = {"/api/1": 200}
        for _attempt in range(20):
            assert faults(api.post(by_subject(server.url("/api/1")))) == BAD_URL
        assert server.asked == []

    def test_another_service_is_asked_without_credentials(
        self, api: ApiClient, server: WebServer, everywhere: None
    ) -> None:
        service(server, named=False)
        server.routes = {"/api/1": 200}
        assert api.post(by_subject(server.url("/api/1"))).status_code == 201
        [(_path, headers)] = server.asked
        assert "Authorization" not in headers

    @pytest.mark.parametrize("use", ["nhr", "nhr inactive", "signals", "notificaties"])
    @pytest.mark.parametrize("root", ["/api/", "/", "/api/1/"])
    def test_never_what_serves_the_nhr_or_notifications(
        self, api: ApiClient, server: WebServer, everywhere: None, use: str, root: str
    ) -> None:
        """Nor another Service with an overlapping root, which a gateway may confuse."""
        service(server)
        other, _is_new = Service.objects.get_or_create(
            api_root=server.url(root), defaults={"label": "ander", "slug": "ander"}
        )
        if use == "signals":
            config = KlantenConfig.get_solo()
            config.nhr_mutatieservice = other
            config.save()
        elif use == "notificaties":
            if not apps.is_installed("notifications_api_common"):
                return
            configure(notifications_api_service=other)
        else:
            NhrBron.objects.create(
                config=KlantenConfig.get_solo(),
                position=1,
                soort=NhrBron.Soort.KVK,
                service=other,
                active=use == "nhr",
            )
        server.routes = {"/api/1": 200}
        assert api.post(by_subject(server.url("/api/1"))).status_code == 201
        [(_path, headers)] = server.asked
        assert "Authorization" not in headers

    def test_the_longest_root_counts(self, api: ApiClient, server: WebServer) -> None:
        service(server, "/", slug="wijd", client_id="wijd")
        service(server, "/api/", client_id="nauw")
        server.routes = {"/api/1": 200}
        assert api.post(by_subject(server.url("/api/1"))).status_code == 201
        [(_path, headers)] = server.asked
        token = headers["Authorization"].removeprefix("Bearer ")
        assert jwt.decode(token, SECRET, ["HS256"])["client_id"] == "nauw"


class TestSilence:
    """An unresponsive subject delays one request, once."""

    @pytest.fixture(autouse=True)
    def _short(self, settings: Any, everywhere: None) -> None:
        settings.KLANTEN_SUBJECT_TIMEOUT = 0.5

    def test_a_host_that_did_not_answer_is_left_alone(self, api: ApiClient) -> None:
        with hostile_server(silence) as server:
            assert faults(api.post(by_subject(server.url("/1")))) == BAD_URL
            for path in ("/1", "/2"):
                response = api.post(by_subject(server.url(path)))
                assert faults(response) == BAD_URL
                [fault] = response.json()["invalidParams"]
                assert fault["reason"] == str(SUBJECT_SILENT)
            assert server.asked == 1

    @pytest.mark.parametrize("host", ["LOCALHOST", "localhost."])
    def test_by_any_spelling_of_its_name(self, api: ApiClient, host: str) -> None:
        with hostile_server(silence) as server:
            api.post(by_subject(server.url("/1", "localhost")))
            api.post(by_subject(server.url("/1", host)))
            assert server.asked == 1

    def test_and_asked_again_later(
        self, api: ApiClient, server: WebServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(restraint, "REST_SECONDS", 0)
        with hostile_server(silence) as silent:
            api.post(by_subject(silent.url("/1")))
        server.routes = {"/1": 200}
        assert api.post(by_subject(server.url("/1"))).status_code == 201

    @pytest.mark.once
    def test_the_host_that_was_slow_is_to_blame(
        self, api: ApiClient, server: WebServer, settings: Any
    ) -> None:
        """Not the one that a slow host redirects to at the last moment."""
        settings.KLANTEN_SUBJECT_TIMEOUT = 3

        def late(_request: Request) -> Reply:
            time.sleep(2)
            return Reply(302, headers={"Location": silent.url("/", "localhost")})

        with hostile_server(silence) as silent:
            server.routes = {"/late": late, "/1": 200}
            assert faults(api.post(by_subject(server.url("/late")))) == BAD_URL
            response = api.post(by_subject(silent.url("/", "localhost")))
            assert silent.asked == 2
            [fault] = response.json()["invalidParams"]
            assert fault["reason"] != str(SUBJECT_SILENT)
        response = api.post(by_subject(server.url("/1")))
        [fault] = response.json()["invalidParams"]
        assert fault["reason"] == str(SUBJECT_SILENT)

    def test_a_cache_that_is_away(
        self, api: ApiClient, server: WebServer, settings: Any
    ) -> None:
        settings.KLANTEN_SUBJECT_TIMEOUT = 30  # a response, even on a busy machine
        settings.CACHES = {
            **settings.CACHES,
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://127.0.0.1:1/0",
            },
        }
        server.routes = {"/1": 200}
        assert api.post(by_subject(server.url("/1"))).status_code == 201


class TestNetwork:
    """Consumers can't use it to scan the operator's network."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0.0.0.0"])  # noqa: S104
    def test_loopback_is_not_asked(
        self, api: ApiClient, server: WebServer, host: str
    ) -> None:
        server.routes = {"/found": 200}
        url = server.url("/found", host)
        assert ("subject", "bad-url") in faults(api.post(by_subject(url)))
        assert server.asked == []

    @pytest.mark.parametrize(
        "host",
        ["10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "[::1]",
         "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "100.64.0.1", "224.0.0.1",
         "168.63.129.16", "192.31.196.1", "192.52.193.1", "192.175.48.1", "[::8.8.8.8]",
         "[fec0::1]", "[::ffff:8.8.8.8]", "[2620:4f:8000::1]"],
    )  # fmt: skip
    def test_private_addresses_are_not_asked(self, api: ApiClient, host: str) -> None:
        """Refused without a connection attempt, which would end with a timeout."""
        response = api.post(by_subject(f"http://{host}/"))
        assert faults(response) == BAD_URL
        [fault] = response.json()["invalidParams"]
        assert host not in fault["reason"]

    def test_a_redirect_is_looked_at_again(
        self, api: ApiClient, server: WebServer
    ) -> None:
        with web_server() as inside:
            inside.routes = {"/secret": 200}
            service(server, auth_type=AuthTypes.no_auth)
            server.routes = {"/api/1": inside.url("/secret")}
            assert faults(api.post(by_subject(server.url("/api/1")))) == BAD_URL
            assert inside.asked == []

    def test_the_address_that_was_looked_at_is_connected_to(
        self, api: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A DNS server that resolves to a public address first, then to loopback."""
        answers = iter(["93.184.215.14", *["127.0.0.1"] * 9])
        connected: list[str] = []
        real = socket.getaddrinfo

        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            ours = host == "rebinding.example"
            return real(next(answers) if ours else host, *args, **kwargs)

        def connect(self: socket.socket, address: Any) -> None:
            connected.append(address[0])
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket.socket, "connect", connect)
        response = api.post(by_subject("http://rebinding.example/"))
        assert faults(response) == BAD_URL
        assert connected == ["93.184.215.14"]

    def test_services_alone(
        self, api: ApiClient, server: WebServer, settings: Any
    ) -> None:
        settings.KLANTEN_SUBJECT_HOSTS = "services"
        service(server)
        server.routes = {"/api/1": 200, "/other": 200}
        assert api.post(by_subject(server.url("/api/1"))).status_code == 201
        assert faults(api.post(by_subject(server.url("/other")))) == BAD_URL


class TestOwnHost:
    """Looked up in the database, because a request to itself could deadlock."""

    @pytest.fixture
    def url(self, api: ApiClient) -> str:
        # a valid name in a URL, unlike `testserver`
        return str(api.post(klant_body(), SERVER_NAME="localhost").json()["url"])

    def test_a_resource_that_exists(self, api: ApiClient, url: str) -> None:
        response = api.post(by_subject(url), SERVER_NAME="localhost")
        assert response.status_code == 201

    @pytest.mark.parametrize(
        "change",
        [
            lambda url: url[:-4] + "0000",
            lambda url: url.rpartition("/")[0],
            lambda url: url + "/audittrail",
            lambda url: "http://localhost/klanten/api/v1/klanten/rubbish",
            lambda url: "http://localhost/klanten/api/v1/schema/openapi.yaml",
            lambda url: "http://localhost/nothing/here",
            lambda url: "http://localhost/",
            lambda url: "http://localhost/admin/",
        ],
    )
    def test_what_is_no_resource(self, api: ApiClient, url: str, change: Any) -> None:
        response = api.post(by_subject(change(url)), SERVER_NAME="localhost")
        assert faults(response) == BAD_URL
