"""``manage.py klanten_doctor``: tests of every connection, with peers over HTTP."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from vng_api_common.authorizations.models import Autorisatie
from zgw_consumers.models import Service

from klanten_plugin.constants import OutboxKind, OutboxState, RollenBeleid
from klanten_plugin.domain.rollen.sources import set_aliases
from klanten_plugin.management.doctor import host
from klanten_plugin.models import KlantenConfig, NhrBron, OutboxRow, UnknownRoot
from klanten_plugin.sync.outbox.heartbeat import KEY
from klanten_plugin.tasks import relay
from testapp.peers.nhr import API_KEY
from tests.api_client import make_application
from tests.nhr import Peer as Register, add_source
from tests.notificaties import (
    Peer as Notificaties,
    change_service,
    configure,
    needs_notifications,
    notifications,
    nrc,
)
from tests.rollen.conftest import choose, cm, cm_process, vz, vz_process
from tests.rollen.peers import RunningPeer

__all__ = ["cm", "cm_process", "notifications", "nrc", "vz", "vz_process"]

pytestmark = pytest.mark.django_db

Doctor = Callable[..., dict[str, Any]]


def ask(*options: str) -> tuple[str, int]:
    """Return the output and the exit code."""
    output, code = io.StringIO(), 0
    try:
        call_command("klanten_doctor", *options, stdout=output)
    except SystemExit as ended:
        code = int(str(ended.code))
    return output.getvalue(), code


@pytest.fixture
def doctor() -> Doctor:
    """Return the findings by name. If there are several, return the most severe."""

    def run(*options: str) -> dict[str, Any]:
        printed, code = ask("--json", "--timeout", "1", *options)
        document = json.loads(printed)
        assert document["ok"] is (code == 0)
        order = ["skipped", "ok", "warning", "error"]
        rows = sorted(document["findings"], key=lambda row: order.index(row["state"]))
        for row in rows:
            assert bool(row["advice"]) is (row["state"] in {"warning", "error"})
        return {row["name"]: row for row in rows}

    return run


@pytest.fixture(scope="module")
def worker() -> Iterator[None]:
    """A worker with our tasks, on the broker of the tests."""
    with start_worker(current_app, perform_ping_check=False, pool="solo"):
        yield


@needs_notifications
def test_all_is_well(
    doctor: Doctor,
    worker: None,
    nrc: Notificaties,
    kvk: Register,
    cm: RunningPeer,
    vz: RunningPeer,
    multi_component: None,
) -> None:
    make_application("someone", "klanten.lezen")
    add_source(kvk, soort="haal_centraal")
    config = KlantenConfig.get_solo()
    config.nhr_mutatieservice = NhrBron.objects.get(soort="kvk").service
    config.save()
    for peer in (cm, vz):
        choose(peer)
    config.subject_services.set(config.verzoeken_services.all())
    nrc.api.add_kanaal("klanten", "http://example.nl")
    for kanaal in ("contactmomenten", "verzoeken"):
        nrc.api.add_kanaal(kanaal, "http://example.nl")
    subscribe(nrc)
    OutboxRow.objects.all().delete()
    relay.apply()

    found = doctor()

    assert {name: row for name, row in found.items() if row["state"] != "ok"} == {}
    assert {"NHR: kvk", "NHR: haal_centraal", "NHR: signalen"} <= set(found)
    # no request that costs money
    assert not [path for path in kvk.asked if "profielen" in path]


def subscribe(nrc: Notificaties) -> None:
    """Create a subscription on both sides, without a check of the callback."""
    from klanten_plugin.management.commands.klanten_abonnement import own_callback_url

    url = f"{nrc.root}abonnement/1"
    config = KlantenConfig.get_solo()
    config.abonnement_url = url
    config.abonnement_kanalen = ["contactmomenten", "verzoeken"]
    config.save()
    content = {
        "callbackUrl": own_callback_url(),
        "auth": "Bearer x",
        "kanalen": [
            {"naam": naam, "filters": {}} for naam in config.abonnement_kanalen
        ],
    }
    nrc.api.abonnementen.save({**content, "url": url})


def test_a_host_that_uses_little(doctor: Doctor, worker: None) -> None:
    found = doctor()

    for name in (
        *("abonnement", "contactmomenten", "verzoeken"),
        *("subjecten", "NHR", "NHR: teller"),
    ):
        assert found[name]["state"] == "skipped"
    assert found["database"]["state"] == "ok"
    assert found["migraties"]["state"] == "ok"
    assert "kc" in found["applicaties"]["advice"]
    assert not Autorisatie.objects.exists()


def test_the_table(worker: None) -> None:
    printed, _code = ask("--timeout", "1")

    assert "goed    database           PostgreSQL" in printed
    assert "-> Geef er een scopes op component kc" in printed


def test_services_for_subjects(doctor: Doctor, cm: RunningPeer, kvk: Register) -> None:
    choose(cm)
    config = KlantenConfig.get_solo()
    service = config.contactmomenten_services.get()
    config.subject_services.add(service)
    assert doctor()["subjecten"]["state"] == "ok"
    Service.objects.filter(pk=service.pk).update(api_root="http://127.0.0.1:1/")
    assert doctor()["subjecten"]["state"] == "error"
    config.subject_services.set([NhrBron.objects.get().service])
    found = doctor()
    assert found["subjecten"]["state"] == "skipped"
    assert found["controles"]["id"] == "klanten_plugin.W018"


class TestHost:
    def test_no_database(self, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        found = doctor()
        assert found["database"]["state"] == "error"
        assert found["outbox"]["state"] == "skipped"

    def test_not_migrated(self, doctor: Doctor) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'klanten_plugin'")
            count = cursor.rowcount
        found = doctor()
        assert f"waarvan {count} van de Klanten API" in found["migraties"]["what"]
        assert found["rollen"]["state"] == "skipped"

    def test_a_broken_table(self, doctor: Doctor) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE klanten_plugin_outboxtask RENAME TO elsewhere")
        found = doctor()
        assert found["controles"]["id"] == "klanten_plugin.W019"
        assert "klanten_plugin_outboxtask" in found["controles"]["what"]
        assert found["outbox"]["id"] == "klanten_plugin.D024"

    def test_no_broker(self, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://:geheim@127.0.0.1:1/0")
        found = doctor()
        assert found["broker"]["state"] == "error"
        assert "geheim" not in json.dumps(found)

    def test_no_worker(self, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "memory://")
        assert doctor()["workers"]["what"] == "geen enkele antwoordt"

    def test_a_system_check(self, doctor: Doctor, settings: Any) -> None:
        settings.KLANTEN_SUBJECT_HOSTS = "all"
        assert doctor()["controles"]["state"] == "warning"
        settings.KLANTEN_SUBJECT_HOSTS = "everyone"
        found = doctor()["controles"]
        assert (found["state"], found["what"][:19]) == ("error", "klanten_plugin.E001")

    @pytest.mark.parametrize(
        ("age", "state"), [(None, "warning"), (5, "ok"), (3600, "error")]
    )
    def test_beat(self, doctor: Doctor, age: int | None, state: str) -> None:
        if age is not None:
            cache.set(KEY, time.time() - age)
        assert doctor()["beat"]["state"] == state

    def test_a_cache_that_is_away(self, doctor: Doctor, settings: Any) -> None:
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://127.0.0.1:1/0",
            }
        }
        # beat's task is run nonetheless
        assert relay.apply().successful()
        assert doctor()["beat"]["state"] == "warning"

    def test_an_old_server(
        self, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host, "OLDEST_POSTGRESQL", 990000)
        assert doctor()["database"]["state"] == "error"

    @pytest.mark.parametrize(
        ("state", "age", "expected"),
        [
            (OutboxState.WAITING, "0", "ok"),
            (OutboxState.WAITING, "3", "warning"),
            (OutboxState.GIVEN_UP, "0", "warning"),
        ],
    )
    def test_outbox(
        self, doctor: Doctor, state: OutboxState, age: str, expected: str
    ) -> None:
        row = OutboxRow.objects.create(
            kind=OutboxKind.ROL_BRON, object_key="1", state=state
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE klanten_plugin_outboxtask "
                "SET due_at = now() - %s::interval WHERE id = %s",
                [f"{age} hours", row.pk],
            )
        assert doctor()["outbox"]["state"] == expected


@needs_notifications
class TestNotificaties:
    def test_no_service(self, doctor: Doctor, notifications: None) -> None:
        configure(notifications_api_service=None)
        assert doctor()["notificaties"]["state"] == "error"

    def test_not_used(self, doctor: Doctor, settings: Any) -> None:
        settings.NOTIFICATIONS_DISABLED = True
        assert doctor()["notificaties"]["state"] == "skipped"

    def test_no_kanaal(self, doctor: Doctor, nrc: Notificaties) -> None:
        assert "register_kanalen" in doctor()["notificaties"]["advice"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"secret": "another secret that is long enough for this"},
            {"api_root": "http://127.0.0.1:1/"},
        ],
    )
    def test_it_refuses(
        self, doctor: Doctor, nrc: Notificaties, fields: dict[str, str]
    ) -> None:
        change_service(**fields)
        assert doctor()["notificaties"]["state"] == "error"

    def test_no_abonnement(
        self, doctor: Doctor, nrc: Notificaties, cm: RunningPeer
    ) -> None:
        choose(cm)
        assert "klanten_abonnement register" in doctor()["abonnement"]["advice"]


class TestRollen:
    def test_one_of_two_is_down(
        self, doctor: Doctor, cm: RunningPeer, vz: RunningPeer
    ) -> None:
        choose(cm)
        choose(vz)
        Service.objects.filter(api_root__startswith=cm.root).update(
            api_root="http://127.0.0.1:1/"
        )
        found = doctor()
        assert found["contactmomenten"]["state"] == "error"
        assert found["verzoeken"]["state"] == "ok"

    @pytest.mark.parametrize(
        ("policy", "methods", "state"),
        [
            (RollenBeleid.KEEP, ["GET"], "ok"),
            (RollenBeleid.REMOVE, ["GET"], "error"),
            (RollenBeleid.REMOVE, ["GET", "DELETE"], "ok"),
        ],
    )
    def test_the_scope_to_delete(
        self,
        doctor: Doctor,
        cm: RunningPeer,
        policy: str,
        methods: list[str],
        state: str,
    ) -> None:
        """Tested if the policy needs it, with a relation that doesn't exist."""
        KlantenConfig.get_solo()
        KlantenConfig.objects.update(rollen_beleid=policy)
        choose(cm)
        stays = cm.relate("https://klanten.nl/1")
        cm.control("scopes", client_id="klanten", methods=methods)
        found = doctor()["contactmomenten"]
        assert found["state"] == state
        if state == "error":
            assert "contactmomenten.verwijderen" in found["advice"]
        assert [row["url"] for row in cm.relations()] == [stays]

    def test_an_owner_with_another_host_in_its_urls(
        self, doctor: Doctor, cm: RunningPeer
    ) -> None:
        bron = choose(cm)
        cm.relate("https://klanten.nl/1")
        cm.habit(origin="http://owner.internal:8000")
        found = doctor()["contactmomenten"]
        assert found["state"] == "error"
        assert "andere API-roots van deze bron" in found["what"]
        set_aliases(bron, ["http://owner.internal:8000/api/v1"])
        assert doctor()["contactmomenten"]["state"] == "ok"
        UnknownRoot.objects.create(
            bron=bron, root="http://x.nl", count=1, last_at=timezone.now()
        )
        found = doctor()["contactmomenten"]
        assert (found["state"], "http://x.nl" in found["what"]) == ("warning", True)

    def test_wrong_credentials(self, doctor: Doctor, cm: RunningPeer) -> None:
        choose(cm, secret="another secret of thirty-two characters")
        assert "client-ID" in doctor()["contactmomenten"]["what"]


class TestNhr:
    def test_a_wrong_key(self, doctor: Doctor, kvk: Register) -> None:
        Service.objects.filter(api_root__startswith=kvk.root).update(header_value="x")
        found = doctor()
        assert found["NHR: kvk"]["state"] == "error"
        assert found["NHR: teller"]["state"] == "ok"
        assert API_KEY not in json.dumps(found)

    @pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "nonsense://"])
    def test_nothing_to_count_with(
        self, doctor: Doctor, kvk: Register, settings: Any, url: str
    ) -> None:
        settings.KLANTEN_NHR_LIMITER_URL = url
        assert doctor()["NHR: teller"]["state"] == "error"
        assert kvk.asked == []

    def test_it_was_stopped(self, doctor: Doctor, kvk: Register) -> None:
        NhrBron.objects.update(
            failing_since="2026-01-01T00:00:00Z",
            last_error="De sleutel is ingetrokken.",
        )
        assert "ingetrokken" in doctor()["NHR: stand kvk"]["what"]

    def test_a_class_of_the_operators_own(self, doctor: Doctor, kvk: Register) -> None:
        config = KlantenConfig.get_solo()
        for class_path in ("tests.nhr_source.OwnSource", "does.not.exist"):
            NhrBron.objects.all().delete()
            NhrBron.objects.create(config=config, soort="eigen", class_path=class_path)
            state = doctor()["NHR: eigen"]["state"]
            assert state == ("ok" if class_path.startswith("tests") else "error")

    def test_another_abonnement(self, doctor: Doctor, kvk: Register) -> None:
        config = KlantenConfig.get_solo()
        config.nhr_mutatieservice = NhrBron.objects.get().service
        config.nhr_abonnement = "of-somebody-else"
        config.save()
        assert doctor()["NHR: signalen"]["state"] == "error"
