"""URLs in responses and notifications have the public name of the host."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.urls import get_script_prefix, set_script_prefix

import pytest
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin.constants import OutboxKind
from klanten_plugin.contrib.mount import additions
from klanten_plugin.domain.klanten.addresses import absolute_url, own_collection_url
from klanten_plugin.domain.klanten.urls import own_addresses
from klanten_plugin.management.commands.klanten_abonnement import own_callback_url
from klanten_plugin.models import OutboxRow
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.run import work_off
from tests.api_client import URL, ApiClient, klant_body
from tests.notificaties import Peer, needs_notifications, notifications, nrc

__all__ = ["notifications", "nrc"]

PUBLIC = "https://zgw.example.nl/oz"


HOST = {"ROOT_URLCONF": "host.urls", "MIDDLEWARE": []}
OPEN_ZAAK = HOST | {
    "OPENZAAK_DOMAIN": "zgw.example.nl",
    "OPENZAAK_REWRITE_HOST": "yes",
    "SUBPATH": "/oz",
}


@pytest.fixture(params=["", "/oz", "/elsewhere"])
def below(request: pytest.FixtureRequest, settings: Any) -> dict[str, Any]:
    """Mount the host below a path, as the web server reports it for each request."""
    settings.KLANTEN_PUBLIC_URL = PUBLIC
    settings.NOTIFICATIONS_DISABLED = False
    return {"SCRIPT_NAME": request.param} if request.param else {}


@pytest.mark.django_db
def test_in_everything(api: ApiClient, below: dict[str, Any]) -> None:
    made = api.post(klant_body(), **below)
    assert made.status_code == 201
    url = made.json()["url"]
    assert url.startswith(f"{PUBLIC}{URL}/")
    assert made.headers["Location"] == url

    path = f"{URL}/{url[-36:]}"
    got = api.get(path, **below)
    assert got.json()["url"] == url
    # the representation doesn't depend on how the request arrived
    assert api.get(path).headers["ETag"] == got.headers["ETag"]
    assert api.get(URL, **below).json()["results"][0]["url"] == url
    assert AuditTrail.objects.get().resource_url == url

    missing = api.get(f"{URL}/{'0' * 8}-0000-4000-8000-{'0' * 12}", **below)
    assert missing.status_code == 404
    assert missing.json()["type"].startswith(f"{PUBLIC}/ref/")
    wrong = api.post({}, **below)
    assert wrong.status_code == 400
    assert wrong.json()["type"].startswith(f"{PUBLIC}/ref/")

    if apps.is_installed("notifications_api_common"):
        row = OutboxRow.objects.get(kind=OutboxKind.NOTIFICATION)
        assert f"{PUBLIC}{URL}/" in f"{row.payload} {row.object_url}"


@needs_notifications
def test_open_zaak_in_what_a_worker_sends(
    api: ApiClient, nrc: Peer, settings: Any
) -> None:
    """Its own name and path, even if the request arrived under another one."""
    url = additions(OPEN_ZAAK, "klanten/api/")["KLANTEN_PUBLIC_URL"]
    assert url == PUBLIC
    settings.KLANTEN_PUBLIC_URL = url
    made = api.create()
    work_off(OutboxKind.NOTIFICATION, HANDLERS[OutboxKind.NOTIFICATION], 30.0)
    [sent] = nrc.messages
    assert made["url"].startswith(f"{PUBLIC}{URL}/")
    assert sent["hoofdObject"] == sent["resourceUrl"] == made["url"]
    line = AuditTrail.objects.get()
    assert line.hoofd_object == line.resource_url == made["url"]
    # commands and workers have no request with a host name
    assert own_collection_url() == f"{PUBLIC}{URL}"
    assert own_callback_url().startswith(f"{PUBLIC}/klanten/api/")


@pytest.mark.django_db
def test_of_pages(api: ApiClient, settings: Any) -> None:
    settings.KLANTEN_PUBLIC_URL = f"{PUBLIC}/"
    for _number in range(101):
        api.create()
    first = api.get(URL).json()
    assert first["next"].startswith(f"{PUBLIC}{URL}?")
    second = api.get(f"{URL}?page=2").json()
    assert second["previous"].startswith(f"{PUBLIC}{URL}")


@pytest.mark.django_db
def test_outside_requests(settings: Any) -> None:
    settings.KLANTEN_PUBLIC_URL = PUBLIC
    assert own_collection_url() == f"{PUBLIC}{URL}"
    assert own_callback_url().startswith(f"{PUBLIC}/klanten/api/")
    assert own_addresses().collections == (f"{PUBLIC}{URL}",)


@pytest.mark.parametrize(
    ("subpath", "prefix", "expected"),
    [
        (None, "/", "http://host.nl/x"),
        ("", "/", "http://host.nl/x"),
        ("/oz", "/", "http://host.nl/oz/x"),
        ("oz/", "/", "http://host.nl/oz/x"),
        # as reported by the web server, or FORCE_SCRIPT_NAME
        ("/oz", "/oz/", "http://host.nl/oz/x"),
    ],
)
def test_a_path_that_commands_know_from_the_host(
    settings: Any, subpath: str | None, prefix: str, expected: str
) -> None:
    settings.SITE_DOMAIN, settings.IS_HTTPS = "host.nl", False
    settings.SUBPATH = subpath
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        assert absolute_url(f"{prefix}x") == expected
    finally:
        set_script_prefix(before)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ({}, None),
        ({"OPENZAAK_DOMAIN": "oz.nl"}, None),
        ({"OPENZAAK_DOMAIN": "oz.nl", "OPENZAAK_REWRITE_HOST": False}, None),
        ({"OPENZAAK_DOMAIN": "", "OPENZAAK_REWRITE_HOST": True}, None),
        (
            {"OPENZAAK_DOMAIN": "oz.nl:8443", "OPENZAAK_REWRITE_HOST": True},
            "https://oz.nl:8443",
        ),
        (
            {
                "OPENZAAK_DOMAIN": "oz.nl",
                "OPENZAAK_REWRITE_HOST": "yes",
                "IS_HTTPS": False,
                "SUBPATH": "/oz",
            },
            "http://oz.nl/oz",
        ),
        (
            {
                "OPENZAAK_DOMAIN": "oz.nl",
                "OPENZAAK_REWRITE_HOST": True,
                "KLANTEN_PUBLIC_URL": PUBLIC,
            },
            None,
        ),
    ],
)
def test_open_zaak(host: dict[str, Any], expected: str | None) -> None:
    changed = additions(HOST | host, "klanten/api/")
    assert changed.get("KLANTEN_PUBLIC_URL") == expected


@pytest.mark.django_db
def test_a_subject_under_the_public_name_is_looked_up(
    api: ApiClient, settings: Any
) -> None:
    """No HTTP request is sent: a request to itself would wait for a free worker."""
    settings.KLANTEN_PUBLIC_URL = PUBLIC.removesuffix("/oz")
    klant = api.create()["url"]
    assert api.post(klant_body(subject=klant)).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"SITE_DOMAIN": "zgw.nl", "ALLOWED_HOSTS": ["zgw.nl"]}, []),
        ({"SITE_DOMAIN": "zgw.nl:8443", "ALLOWED_HOSTS": [".nl"]}, []),
        ({"SITE_DOMAIN": "zgw.nl", "ALLOWED_HOSTS": ["*"]}, []),
        ({"SITE_DOMAIN": "zgw.nl", "ALLOWED_HOSTS": ["internal"]}, ["W014"]),
        ({"SITE_DOMAIN": "https://zgw.nl", "ALLOWED_HOSTS": ["zgw.nl"]}, []),
        (
            {
                "SITE_DOMAIN": "zgw.nl",
                "ALLOWED_HOSTS": ["internal"],
                "KLANTEN_PUBLIC_URL": PUBLIC,
            },
            [],
        ),
        ({"KLANTEN_PUBLIC_URL": "zgw.example.nl"}, ["E009"]),
        ({"KLANTEN_PUBLIC_URL": "https://zgw.example.nl?x=1"}, ["E009"]),
    ],
)
def test_checks(settings: Any, values: dict[str, Any], expected: list[str]) -> None:
    from django.core.checks import run_checks

    for name, value in values.items():
        setattr(settings, name, value)
    ours = {f"klanten_plugin.{name}" for name in ("W014", "E009")}
    found = [m.id for m in run_checks(databases=["default"]) if m.id in ours]
    assert found == [f"klanten_plugin.{name}" for name in expected]
