"""Every change of a klant is notified, without consequences for consumers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

import pytest
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin import tasks
from klanten_plugin.domain.klanten.addresses import own_collection_url
from klanten_plugin.domain.klanten.write import create_klant, delete_klant, update_klant
from klanten_plugin.models import Klant, OutboxRow
from tests.api_client import ORIGIN, URL, ApiClient, klant_body, make_application
from tests.brokers import Messages, broker, use_broker, useless_broker
from tests.notificaties import (
    Peer,
    configure,
    needs_notifications,
    notifications,
    nrc,
)
from tests.outbox import NOTIFICATION

__all__ = ["broker", "notifications", "nrc"]

VALUES = {
    "bronorganisatie": "123456782",
    "website_url": "https://example.nl/",
    "subject_type": "vestiging",
    "subject_identificatie": {"vestigings_nummer": "000037178598"},
}


def deliver() -> None:
    call_command("klanten_outbox", "run")


def told() -> list[tuple[str, str]]:
    """Return URL and actie of the queued notifications, in order."""
    rows = OutboxRow.objects.filter(kind=NOTIFICATION).order_by("pk")
    return [(row.object_url, row.payload["actie"]) for row in rows]


@needs_notifications
class TestMessages:
    def test_of_each_change(self, api: ApiClient, nrc: Peer) -> None:
        before = timezone.now()
        klant = api.create()
        url = klant["url"]
        assert api.put(url, klant_body(voornaam="Noor")).status_code == 200
        assert api.patch(url, {"achternaam": "Vos"}).status_code == 200
        assert api.delete(url).status_code == 204
        deliver()

        moments = [
            datetime.fromisoformat(message.pop("aanmaakdatum"))
            for message in nrc.messages
        ]
        assert before <= moments[0] < moments[1] < moments[2] < moments[3]
        assert moments[3] <= timezone.now()
        whole = {
            "kanaal": "klanten",
            "source": "testapp",
            "hoofdObject": url,
            "resource": "klant",
            "resourceUrl": url,
            "kenmerken": {"subjectType": "natuurlijk_persoon"},
        }
        acties = ("create", "update", "update", "destroy")
        assert nrc.messages == [{**whole, "actie": actie} for actie in acties]

    def test_without_a_type_its_kenmerk_is_empty(
        self, api: ApiClient, notifications: None, subject_url: str, requests_mock: Any
    ) -> None:
        """Receivers refuse null."""
        api.create(subject=subject_url, subjectType=..., subjectIdentificatie=...)
        assert OutboxRow.objects.get().payload == {
            "actie": "create",
            "subjectType": "",
        }

    def test_a_type_that_is_set_later(self, api: ApiClient, nrc: Peer) -> None:
        """Each message has the value at the time of the change."""
        untyped = {"subject_type": "", "subject": "https://example.nl/1"}
        values = {**VALUES, **untyped}
        del values["subject_identificatie"]
        klant = create_klant(values)
        update_klant(klant, {"subject_type": "vestiging"})
        delete_klant(klant)
        deliver()
        assert [message["kenmerken"]["subjectType"] for message in nrc.messages] == [
            "",
            "vestiging",
            "vestiging",
        ]

    def test_the_url_is_that_of_the_request(
        self, api: ApiClient, nrc: Peer, settings: Any
    ) -> None:
        settings.ALLOWED_HOSTS = ["klanten.example.nl"]
        url = api.post(klant_body(), HTTP_HOST="klanten.example.nl").json()["url"]
        deliver()
        assert url.startswith("http://klanten.example.nl/")
        assert nrc.messages[0]["resourceUrl"] == url

    def test_what_python_does_is_told_too(self, nrc: Peer) -> None:
        """Changes by a worker, the admin or a script use the suite's domain."""
        klant = create_klant(VALUES)
        update_klant(klant, {"voornaam": "Noor"})
        delete_klant(klant)
        deliver()
        url = f"{own_collection_url()}/{klant.uuid}"
        assert [
            (message["resourceUrl"], message["actie"]) for message in nrc.messages
        ] == [
            (url, "create"),
            (url, "update"),
            (url, "destroy"),
        ]

    def test_of_each_klant_in_order_whatever_happens(
        self, api: ApiClient, nrc: Peer
    ) -> None:
        klanten = [api.create()["url"] for _each in range(3)]
        for number in range(3):
            for url in klanten:
                api.patch(url, {"voornaam": f"V{number}"})
        nrc.misbehave({"kind": "status", "status": 500, "match": klanten[1]})
        deliver()
        assert {message["resourceUrl"] for message in nrc.messages} == {
            klanten[0],
            klanten[2],
        }
        nrc.misbehave()
        call_command("klanten_outbox", "retry")
        deliver()
        for url in klanten:
            of_klant = [each for each in nrc.messages if each["resourceUrl"] == url]
            moments = [each["aanmaakdatum"] for each in of_klant]
            assert len(moments) == 4
            assert moments == sorted(moments)


@needs_notifications
class TestTransaction:
    @pytest.mark.parametrize(
        "request_",
        [
            ("POST", URL, {"bronorganisatie": "1"}),
            ("PATCH", "{url}", {"subjectType": "vestiging"}),
            ("PUT", "{url}", {}),
            ("DELETE", f"{URL}/00000000-0000-4000-8000-000000000000", ...),
            ("GET", "{url}", ...),
        ],
    )
    def test_what_did_not_happen_is_not_told(
        self, api: ApiClient, notifications: None, request_: Any
    ) -> None:
        url = api.create()["url"]
        method, path, body = request_
        api.request(method, path.format(url=url), body)
        assert told() == [(url, "create")]

    def test_nor_what_was_not_allowed(
        self, api: ApiClient, notifications: None
    ) -> None:
        url = api.create()["url"]
        reader = make_application("reader", "klanten.lezen")
        assert reader.delete(url).status_code == 403
        assert told() == [(url, "create")]

    @pytest.mark.django_db
    def test_nor_what_was_rolled_back(self, notifications: None) -> None:
        with transaction.atomic():
            create_klant(VALUES)
            assert OutboxRow.objects.count() == 1
            transaction.set_rollback(True)
        assert not OutboxRow.objects.exists()
        assert not Klant.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_klant_audit_line_and_row_are_one(
        self, api: ApiClient, notifications: None, broker: Messages, monkeypatch: Any
    ) -> None:
        """If the row can't be written, the klant isn't created either."""
        with transaction.atomic(), transaction.get_connection().cursor() as cursor:
            # the "remote" here is the database
            cursor.execute(
                "ALTER TABLE klanten_plugin_outboxtask"
                " ADD CONSTRAINT is_full CHECK (object_key = 'no')"
            )
        try:
            assert api.post(klant_body()).status_code == 500
        finally:
            with transaction.get_connection().cursor() as cursor:
                cursor.execute(
                    "ALTER TABLE klanten_plugin_outboxtask DROP CONSTRAINT is_full"
                )
        assert not Klant.objects.exists()
        assert not AuditTrail.objects.exists()
        assert broker.names() == []


class TestSettings:
    """The suite's settings, which never cause a 500 for the consumer."""

    def use(self, api: ApiClient) -> None:
        url = api.create()["url"]
        assert api.patch(url, {"voornaam": "Noor"}).status_code == 200
        assert api.put(url, klant_body()).status_code == 200
        assert api.delete(url).status_code == 204

    def test_disabled(self, api: ApiClient, settings: Any) -> None:
        settings.NOTIFICATIONS_DISABLED = True
        self.use(api)
        assert not OutboxRow.objects.exists()

    @pytest.mark.skipif(
        apps.is_installed("notifications_api_common"), reason="this host has them"
    )
    def test_a_host_without_notifications(self, api: ApiClient, settings: Any) -> None:
        settings.NOTIFICATIONS_DISABLED = False
        self.use(api)
        assert not OutboxRow.objects.exists()

    @needs_notifications
    @pytest.mark.parametrize(
        ("guarantee", "state"), [(True, "waiting"), (False, "done")]
    )
    def test_no_service(
        self,
        api: ApiClient,
        notifications: None,
        settings: Any,
        guarantee: bool,
        state: str,
    ) -> None:
        """Notifications wait for a service; without the guarantee they are dropped."""
        settings.NOTIFICATIONS_GUARANTEE_DELIVERY = guarantee
        configure(notifications_api_service=None)
        self.use(api)
        deliver()
        states = set(OutboxRow.objects.values_list("state", flat=True))
        assert states == {state}

    @needs_notifications
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("hangs_up", [True, False])
    def test_a_broker_of_no_use(
        self, api: ApiClient, nrc: Peer, monkeypatch: Any, hangs_up: bool
    ) -> None:
        with useless_broker(hangs_up=hangs_up) as useless:
            use_broker(monkeypatch, useless.url)
            self.use(api)
            visits = useless.visits
            self.use(api)
            # consumers wait for it once in a while, not for each request
            assert 1 <= visits == useless.visits
        assert len(told()) == 8
        deliver()
        assert len(nrc.messages) == 8

    @needs_notifications
    @pytest.mark.django_db(transaction=True)
    def test_workers_hear_of_it_at_once(
        self, api: ApiClient, nrc: Peer, broker: Messages
    ) -> None:
        self.use(api)
        assert broker.names() == [tasks.NOTIFICATIONS] * 4


@needs_notifications
def test_a_constant_number_of_queries(
    api: ApiClient, notifications: None, own_queries: Any
) -> None:
    """A notification costs a single statement."""
    klant = api.create()
    with own_queries() as queries:
        api.patch(klant["url"], {"voornaam": "Noor"})
    (statement,) = (sql for sql in queries if "outboxtask" in sql)
    assert statement.lstrip().startswith("INSERT INTO klanten_plugin_outboxtask")
    assert klant["url"].startswith(ORIGIN)
