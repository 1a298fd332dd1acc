"""Delivery of notifications, with the host's settings."""

from __future__ import annotations

from typing import Any

import pytest

from klanten_plugin.constants import OutboxKind, OutboxState
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.notificaties import message, notification_backoff
from klanten_plugin.sync.outbox.run import Backoff, Ended, Run, work_off
from tests.notificaties import Peer, configure, needs_notifications
from tests.outbox import NOTIFICATION, add

pytestmark = [needs_notifications, pytest.mark.django_db]


def run() -> Run:
    return work_off(NOTIFICATION, HANDLERS[OutboxKind.NOTIFICATION], 60)


@pytest.mark.parametrize("source", ["", "klanten.example.nl"])
def test_the_message(settings: Any, source: str) -> None:
    settings.NOTIFICATIONS_SOURCE = source
    task = add("a", payload={"actie": "destroy", "subjectType": ""})
    expected = {
        "kanaal": "klanten",
        "hoofdObject": task.object_url,
        "resource": "klant",
        "resourceUrl": task.object_url,
        "actie": "destroy",
        "aanmaakdatum": task.created_at.isoformat(),
        "kenmerken": {"subjectType": ""},
    }
    assert message(task) == expected | ({"source": source} if source else {})


def test_the_retries_are_those_of_the_host(db: None) -> None:
    configure(
        notification_delivery_max_retries=3,
        notification_delivery_retry_backoff=11,
        notification_delivery_retry_backoff_max=700,
        notification_delivery_base_factor=5,
    )
    assert notification_backoff() == Backoff(factor=11, base=5, limit=700, retries=3)


def test_no_service_with_guarantee(notifications: None, settings: Any) -> None:
    settings.NOTIFICATIONS_GUARANTEE_DELIVERY = True
    configure(notifications_api_service=None)
    task = add()
    assert run() == Run(failed=1, ended=Ended.FAILING)
    task.refresh_from_db()
    assert task.state == OutboxState.WAITING
    assert "geen Notificaties API ingesteld" in task.last_error


def test_no_service_without_guarantee(notifications: None, settings: Any) -> None:
    """As in the suite, the notification is dropped."""
    settings.NOTIFICATIONS_GUARANTEE_DELIVERY = False
    configure(notifications_api_service=None)
    add()
    assert run() == Run(done=1)


@pytest.mark.parametrize("guarantee", [True, False])
def test_a_service(nrc: Peer, settings: Any, guarantee: bool) -> None:
    settings.NOTIFICATIONS_GUARANTEE_DELIVERY = guarantee
    nrc.misbehave({"kind": "status", "status": 500, "count": 1})
    task = add()
    assert run() == Run(failed=1)
    task.refresh_from_db()
    assert task.last_error == "De Notificaties API antwoordde 500."


def test_twice_is_the_same_message(nrc: Peer) -> None:
    """So that receivers can detect duplicates. No other row changes."""
    task = add()
    before = message(task)
    run()
    task.state = OutboxState.WAITING
    task.save(update_fields=["state"])
    run()
    assert nrc.messages == [before, before]


def test_the_app_was_taken_out_of_the_host(settings: Any) -> None:
    """Waiting rows give this reason, instead of an unclear error."""
    task = add()
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if app != "notifications_api_common"
    ]
    assert run() == Run(failed=1, ended=Ended.FAILING)
    task.refresh_from_db()
    assert "niet (meer) geïnstalleerd" in task.last_error
