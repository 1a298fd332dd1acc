"""Each threat in ``docs/security.md`` has a test. No secrets are stored."""

from __future__ import annotations

import logging
from typing import Any

from django.apps import apps
from django.test import Client
from django.urls import reverse

import pytest
from zgw_consumers.models import Service

from klanten_plugin.models import KlantenConfig, OutboxRow
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.run import work_off
from tests.notificaties import SECRET, Peer, needs_notifications, notifications, nrc
from tests.outbox import NOTIFICATION, add
from tests.references import ROOT, cells, named_tests, unknown_tests

__all__ = ["notifications", "nrc"]

PAGE = ROOT / "docs" / "security.md"
ENTRIES = ("API", "callback", "admin", "Commands", "Files", "Settings")


def threats() -> dict[str, list[str]]:
    """Return the rows of the tables of threats: the attack, and the test."""
    _before, _heading, text = PAGE.read_text(encoding="utf-8").partition("## Threats")
    rows = [cells(line) for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows if row[0] != "threat"}


def test_every_entry_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    for entry in ENTRIES:
        assert any(entry in heading for heading in headings), entry


def test_every_threat_has_its_test_or_says_that_there_is_none() -> None:
    assert threats()
    for threat, (done, tests) in threats().items():
        assert done, threat
        assert tests == "-" or named_tests(tests), threat


def test_every_test_that_is_named_is_there() -> None:
    assert unknown_tests(PAGE.read_text(encoding="utf-8")) == set()


@needs_notifications
@pytest.mark.parametrize("status", [401, 500])
def test_a_secret_is_in_no_log_and_no_repr(
    nrc: Peer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    nrc.misbehave({"kind": "status", "status": status, "body": {"detail": SECRET}})
    add()
    work_off(NOTIFICATION, HANDLERS[NOTIFICATION], 60)
    (service,) = Service.objects.filter(slug="notificaties")
    (task,) = OutboxRow.objects.all()
    assert task.last_error
    assert "outbox_task_failed" in caplog.text
    assert service.secret == SECRET
    shown = (caplog.text, task.last_error, repr(task), repr(service))
    assert not [text for text in shown if SECRET in text or "Bearer ey" in text]


@pytest.mark.skipif(
    not apps.is_installed("django.contrib.admin"), reason="a host without an admin"
)
def test_the_secret_of_our_subscription_is_not_in_the_admin(
    admin_client: Client,
) -> None:
    config: Any = KlantenConfig.get_solo()
    config.abonnement_secret = SECRET
    config.save()
    url = reverse("admin:klanten_plugin_klantenconfig_change", args=[1])
    for address in (url, url.replace("/change/", "/history/")):
        response = admin_client.get(address)
        assert response.status_code == 200, address
        assert SECRET not in response.content.decode()
    assert SECRET not in repr(config)
