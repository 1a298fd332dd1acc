"""Our requests aren't logged in hosts that log outgoing requests, like Open Zaak."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from django.core.cache import cache

import pytest
import requests
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.clients.klanten.subject import fault_of_subject
from klanten_plugin.clients.moving.klanten_api import KlantenClient
from klanten_plugin.clients.nhr.haal_centraal import HaalCentraalSource
from klanten_plugin.clients.nhr.kvk_http import ask_kvk
from klanten_plugin.clients.notificaties.publishing import publish
from klanten_plugin.clients.notificaties.subscriptions import AbonnementenClient
from klanten_plugin.clients.rollen.lists import RollenClient
from klanten_plugin.constants import NhrSoort, RolSoort
from klanten_plugin.exceptions import RemoteError
from klanten_plugin.models import KlantenConfig, RolBron
from klanten_plugin.models.nhr import NhrNummer
from testapp.peers.wire import Reply, Request
from tests.nhr import redis_url
from tests.notificaties import configure, needs_notifications
from tests.web_server import WebServer, web_server

pytestmark = pytest.mark.django_db

SECRET = "geheim-dat-nergens-staat-en-lang-genoeg-is"
BODY = "inhoud-die-nergens-staat"
NUMBER = NhrNummer(NhrSoort.VESTIGING, "000012345678")
LOGGER = "log_outgoing_requests"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Return the records of the library for each request, with all options on."""
    library = pytest.importorskip("log_outgoing_requests.log_requests")
    formatters = pytest.importorskip("log_outgoing_requests.formatters")
    before = dict(vars(requests.Session))
    library.install_outgoing_requests_logging()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatters.HttpFormatter())
    loggers = (logging.getLogger(LOGGER), logging.getLogger())
    levels = [one.level for one in loggers]
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.removeHandler(handler)
            one.setLevel(level)
        for name in set(vars(requests.Session)) - set(before):
            delattr(requests.Session, name)
        requests.Session.request = before["request"]  # type: ignore[method-assign]


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as state:
        yield state


def service_at(server: WebServer, auth: str) -> Service:
    """Create a Service with a secret for each type of authentication."""
    fields: dict[str, Any] = {
        "zgw": {"client_id": "klanten", "secret": SECRET},
        "api_key": {"header_key": "apikey", "header_value": SECRET},
        "oauth2_client_credentials": {
            "client_id": "klanten",
            "secret": SECRET,
            "oauth2_token_url": server.url("/token"),
        },
    }[auth]
    made = Service.objects.create(
        label="Bron",
        slug="bron",
        api_root=server.url("/api/"),
        auth_type=auth,
        **fields,
    )
    configure(notifications_api_service=made)
    return made


def service_for_subjects(service: Service) -> Service:
    """Create another on the same server, as one for notifications is never used."""
    root = service.api_root.replace("/api/", "/subjecten/")
    made = Service.objects.get(pk=service.pk)
    made.pk, made.slug, made.api_root = None, "subjecten", root
    if hasattr(made, "uuid"):
        made.uuid = uuid4()
    made.save()
    KlantenConfig.get_solo().subject_services.add(made)
    return made


def calls(service: Service) -> dict[str, Callable[[], Any]]:
    """Return one of each kind of our requests."""
    client, subjects = AbonnementenClient(service), service_for_subjects(service)
    bron = RolBron(service=service, soort=RolSoort.VERZOEKEN)
    return {
        "publish": lambda: publish({"kenmerk": BODY}),
        "subscribe": lambda: client.create("https://x.nl", SECRET, ["klanten"]),
        "kvk": lambda: ask_kvk(service, "v1/vestigingsprofielen/1", paid=True),
        "haal centraal": lambda: HaalCentraalSource(service).look_up(NUMBER),
        "rollen": lambda: RollenClient(bron).read_page(1),
        "klanten": lambda: KlantenClient(service, service.api_root).read_page(1),
        "subject": lambda: fault_of_subject(f"{subjects.api_root}1"),
    }


def answer_tokens(_request: Request) -> Reply:
    return Reply(200, {"access_token": SECRET, "expires_in": 60})


@needs_notifications
@pytest.mark.parametrize("auth", ["zgw", "api_key", "oauth2_client_credentials"])
def test_no_request_of_ours_is_logged(
    logged: io.StringIO, server: WebServer, settings: Any, monkeypatch: Any, auth: str
) -> None:
    if not hasattr(AuthTypes, auth):
        return  # of a newer zgw-consumers
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    settings.LOG_OUTGOING_REQUESTS_EMIT_BODY = True
    settings.KLANTEN_NHR_LIMITER_URL = redis_url()
    server.routes = {"/token": answer_tokens}
    for call in calls(service_at(server, auth)).values():
        cache.clear()  # including the token
        with pytest.raises(RemoteError):
            _raising(call)
    asked = [path for path, _headers in server.asked if path != "/token"]
    assert len(asked) == 7
    assert SECRET not in logged.getvalue()
    assert BODY not in logged.getvalue()
    for _path, headers in server.asked:
        for value in ("Authorization", "apikey"):
            if value in headers:
                assert headers[value].split()[-1] not in logged.getvalue()

    # it does log other requests
    requests.post(server.url("/x"), headers={"X-Key": SECRET}, json=[BODY], timeout=9)
    assert SECRET in logged.getvalue()
    assert BODY in logged.getvalue()


def _raising(call: Callable[[], Any]) -> None:
    """Make the call fail, even if it returns the error instead of raising it."""
    if call() is not None:
        raise RemoteError
