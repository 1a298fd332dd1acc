"""Retries by response of the Notificaties API."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from zgw_consumers.constants import AuthTypes

from klanten_plugin.clients.notificaties.publishing import publish
from klanten_plugin.exceptions import (
    AccessRefused,
    ConfigurationError,
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from tests.notificaties import (
    Peer,
    change_service,
    configure,
    needs_notifications,
    use_service,
)

pytestmark = [needs_notifications, pytest.mark.django_db]

URL = "https://klanten.example.nl/klanten/1"
SAYS = "De Notificaties API antwoordde"


def message(**fields: Any) -> dict[str, Any]:
    return {
        "kanaal": "klanten",
        "hoofdObject": URL,
        "resource": "klant",
        "resourceUrl": URL,
        "actie": "create",
        "aanmaakdatum": datetime.now(UTC).isoformat(),
        "kenmerken": {"subjectType": ""},
        **fields,
    }


def refusal(**fields: Any) -> dict[str, Any]:
    return {"code": "invalid", "status": 400, **fields}


def param(name: str, code: str) -> dict[str, str]:
    return {"name": name, "code": code, "reason": "900222086 mag niet"}


TOO_EARLY = refusal(invalidParams=[param("aanmaakdatum", "future_not_allowed")])
WRONG = refusal(invalidParams=[param("kanaal", "null"), param("aanmaakdatum", "x")])
NOT_JSON = "\x00"

later, never, setup = TemporaryRemoteError, PermanentRemoteError, ConfigurationError
refused = AccessRefused


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, b"{}"),
            (201, b'{"kanaal": "klanten"}'),
            (202, b""),
            (204, b""),
        ],
    )
    def test_taken(self, configured: Any, status: int, body: bytes) -> None:
        configured.post(status_code=status, content=body)
        publish(message())

    @pytest.mark.parametrize(
        ("answer", "expected", "sentence"),
        [
            ((200, b"<html>"), later, f"{SAYS} 200, maar geen JSON."),
            ((201, b"OK"), later, f"{SAYS} 201, maar geen JSON."),
            ((300, b""), setup, f"{SAYS} 300. Controleer de API root van de service."),
            ((301, b""), setup, f"{SAYS} 301. Controleer de API root van de service."),
            ((304, b""), setup, f"{SAYS} 304. Controleer de API root van de service."),
            ((308, b""), setup, f"{SAYS} 308. Controleer de API root van de service."),
            ((400, b""), never, f"{SAYS} 400."),
            ((400, WRONG), never, f"{SAYS} 400 (kanaal null, aanmaakdatum x)."),
            (
                (400, TOO_EARLY),
                later,
                f"{SAYS} 400 (aanmaakdatum future_not_allowed).",
            ),
            ((400, refusal(invalidParams="x")), never, f"{SAYS} 400."),
            ((400, refusal(invalidParams=["x"])), never, f"{SAYS} 400."),
            ((400, refusal(invalidParams=[{}])), never, f"{SAYS} 400 ( )."),
            ((400, [1]), never, f"{SAYS} 400."),
            (
                (401, {}),
                refused,
                f"{SAYS} 401. Controleer de inloggegevens en scopes.",
            ),
            (
                (403, {}),
                refused,
                f"{SAYS} 403. Controleer de inloggegevens en scopes.",
            ),
            (
                (404, b"<h1>Not Found"),
                setup,
                f"{SAYS} 404. Controleer de API root van de service.",
            ),
            ((404, {"code": "not_found"}), never, f"{SAYS} 404."),
            (
                (405, b""),
                setup,
                f"{SAYS} 405. Controleer de API root van de service.",
            ),
            ((408, b""), later, f"{SAYS} 408."),
            ((409, {}), never, f"{SAYS} 409."),
            ((413, b"<html>"), never, f"{SAYS} 413."),
            ((422, {}), never, f"{SAYS} 422."),
            ((425, {}), later, f"{SAYS} 425."),
            ((429, {}), later, f"{SAYS} 429."),
            ((500, b"<html>"), later, f"{SAYS} 500."),
            ((502, b"<html>"), later, f"{SAYS} 502."),
            ((503, {}), later, f"{SAYS} 503."),
            ((504, b""), later, f"{SAYS} 504."),
        ],
        ids=str,
    )
    def test_not_taken(
        self, configured: Any, answer: Any, expected: type[RemoteError], sentence: str
    ) -> None:
        status, body = answer
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        configured.post(status_code=status, headers={"Location": "/x"}, **content)
        with pytest.raises(RemoteError) as caught:
            publish(message())
        assert type(caught.value) is expected
        assert str(caught.value) == sentence

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("", None),
            ("0", 0),
            ("120", 120),
            ("-5", None),
            ("1.5", None),
            ("²", None),
            ("soon", None),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
            ("Wed, 21 Oct 2015 07:28:00 -0000", None),
            ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ],
    )
    def test_a_rest_that_is_asked_for(
        self, configured: Any, status: int, header: str, seconds: float | None
    ) -> None:
        configured.post(status_code=status, headers={"Retry-After": header}, json={})
        with pytest.raises(TemporaryRemoteError) as caught:
            publish(message())
        assert caught.value.retry_after == seconds

    def test_a_rest_until_a_moment(self, configured: Any) -> None:
        moment = datetime.now(UTC) + timedelta(hours=1)
        header = format_datetime(moment, usegmt=True)
        configured.post(status_code=503, headers={"Retry-After": header}, json={})
        with pytest.raises(TemporaryRemoteError) as caught:
            publish(message())
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 3600

    @pytest.fixture
    def configured(self, requests_mock: Any) -> Any:
        """Configure a service, and return its mocked API."""
        root = "https://notificaties.example.nl/api/v1/"
        use_service(root)

        class Wire:
            def post(self, **answer: Any) -> None:
                requests_mock.post(f"{root}notificaties", **answer)

        return Wire()


class TestWire:
    """With a real server: cases without a valid response."""

    def test_taken(self, nrc: Peer) -> None:
        sent = message()
        publish(sent)
        assert nrc.messages == [sent]

    @pytest.mark.parametrize(
        ("disturbance", "sentence"),
        [
            ({"kind": "reset"}, "Notificaties is niet bereikbaar (ConnectionError)."),
            ({"kind": "timeout"}, "Notificaties is niet bereikbaar (ReadTimeout)."),
            ({"kind": "large"}, "Het antwoord is te groot."),
            ({"kind": "html"}, f"{SAYS} 200, maar geen JSON."),
            (
                {"kind": "lost_answer"},
                "Notificaties is niet bereikbaar (ConnectionError).",
            ),
        ],
        ids=lambda value: value["kind"] if isinstance(value, dict) else "",
    )
    def test_later(
        self, nrc: Peer, short: None, disturbance: dict[str, Any], sentence: str
    ) -> None:
        nrc.misbehave({"seconds": 5.0, **disturbance})
        with pytest.raises(TemporaryRemoteError) as caught:
            publish(message())
        assert str(caught.value) == sentence
        assert caught.value.retry_after is None

    def test_nobody_is_there(self, db: None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        use_service(f"http://127.0.0.1:{port}/api/v1/")
        with pytest.raises(TemporaryRemoteError, match="ConnectionError"):
            publish(message())

    def test_a_wrong_secret(self, nrc: Peer) -> None:
        change_service(secret="another secret, which is long enough as well")
        with pytest.raises(ConfigurationError, match="403"):
            publish(message())
        assert nrc.messages == []

    def test_a_wrong_root(self, nrc: Peer) -> None:
        change_service(api_root=nrc.root.replace("v1", "v2"))
        with pytest.raises(ConfigurationError, match="404"):
            publish(message())

    @pytest.mark.parametrize(("kind", "seconds"), [("timeout", 5.0), ("drip", 0.2)])
    def test_a_call_ends_before_its_lease(
        self, nrc: Peer, settings: Any, kind: str, seconds: float
    ) -> None:
        """Whatever timeout an administrator configures for the Service."""
        settings.KLANTEN_OUTBOX_LEASE = 0.8
        change_service(timeout=3600)
        nrc.misbehave({"kind": kind, "seconds": seconds})
        with pytest.raises(TemporaryRemoteError, match="niet bereikbaar"):
            publish(message())

    @pytest.fixture
    def short(self) -> None:
        change_service(timeout=1)


class TestConfiguration:
    def test_no_service(self, db: None) -> None:
        configure(notifications_api_service=None)
        with pytest.raises(ConfigurationError, match="geen Notificaties API ingesteld"):
            publish(message())

    def test_credentials_that_make_no_token(self, nrc: Peer) -> None:
        change_service(secret="")
        with pytest.raises(ConfigurationError):
            publish(message())

    @pytest.mark.skipif(
        not hasattr(AuthTypes, "oauth2_client_credentials"), reason="zgw-consumers 2"
    )
    @pytest.mark.parametrize("listens", [True, False])
    def test_a_token_that_does_not_come(
        self, nrc: Peer, settings: Any, monkeypatch: Any, listens: bool
    ) -> None:
        """Requesting a token has no timeout, and must not block a worker."""
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        settings.KLANTEN_OUTBOX_LEASE = 0.8
        # connections are accepted, but get no response
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            if not listens:
                server.close()
            change_service(
                auth_type=AuthTypes.oauth2_client_credentials,
                oauth2_token_url=f"http://127.0.0.1:{port}/token",
            )
            with pytest.raises(TemporaryRemoteError, match="niet bereikbaar"):
                publish(message())
