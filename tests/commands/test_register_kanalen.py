"""The suite's `manage.py register_kanalen` finds the kanaal `klanten`."""

from __future__ import annotations

import io
from typing import Any

from django.core.management import call_command

import pytest

from tests.notificaties import Peer, needs_notifications

pytestmark = [needs_notifications, pytest.mark.django_db]


def register() -> str:
    output, errors = io.StringIO(), io.StringIO()
    call_command("register_kanalen", stdout=output, stderr=errors)
    assert errors.getvalue() == ""
    return output.getvalue()


def test_it_is_registered_once(nrc: Peer, settings: Any) -> None:
    settings.SITE_DOMAIN = "klanten.example.nl"
    assert f"Registered kanaal 'klanten' with {nrc.root}" in register()
    assert f"Updated already existing kanaal 'klanten' with {nrc.root}" in register()

    [kanaal] = nrc.api.kanalen.all()
    assert kanaal["naam"] == "klanten"
    assert kanaal["filters"] == ["subject_type"]
    assert kanaal["documentatieLink"].endswith("/notificaties/kanalen/#klanten")


def test_its_documentation(client: Any) -> None:
    page = client.get("/notificaties/kanalen/")
    assert page.status_code == 200
    assert "klanten" in page.content.decode()
    assert "subject" in page.content.decode()
