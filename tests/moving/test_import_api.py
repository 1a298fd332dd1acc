"""``klanten_import --from``: over HTTP, from a list that changes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

import jwt
import pytest
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin.clients.moving.klanten_api import KlantenClient
from klanten_plugin.models import Klant, OutboxRow
from klanten_plugin.sync.moving.lists import KlantenList, Mark, seconds_to_wait
from tests.moving.conftest import Import, register, this_database
from tests.moving.other_api import PAGE, SECRET, OtherApi, other_klant
from tests.notificaties import needs_notifications

STATE = Path("klanten_import.json")


def numbers() -> set[int]:
    """Return the numbers of the local klanten."""
    return {uuid.int for uuid in Klant.objects.values_list("uuid", flat=True)}


@pytest.mark.django_db
def test_all_with_uuid_and_klantnummer(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 26)]
    register(other.root)

    outcome = run_import("--from", other.root, "--user", "j.jansen")

    assert (outcome.counts, outcome.error) == ((25, 0, 25, 0, 0), "")
    found = Klant.objects.values_list("uuid", "klantnummer", "achternaam")
    assert set(found) == {
        (UUID(int=number), f"{number:08d}", f"Achternaam {number}")
        for number in range(1, 26)
    }
    # in reverse order, and once more to find omissions
    assert other.asked == [1, 3, 2, 1, 1, 1, 2, 3]
    token = jwt.decode(other.tokens[0].removeprefix("Bearer "), SECRET, ["HS256"])
    assert token["client_id"] == "verhuizer"
    line = AuditTrail.objects.first()
    assert line is not None
    assert (line.gebruikers_id, line.actie) == ("j.jansen", "create")
    assert line.toelichting == f"Overgenomen uit {other.root}/"
    assert not STATE.exists()


@pytest.mark.django_db
def test_twice_changes_nothing(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 16)]
    register(other.root)
    run_import("--from", other.root)
    before = _everything()

    outcome = run_import("--from", other.root, "--update", "--notify")

    assert outcome.counts == (0, 0, 15, 0, 0)
    assert _everything() == before


def _everything() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin, etag FROM klanten_plugin_klant ORDER BY id")
        return [
            cursor.fetchall(),
            list(AuditTrail.objects.order_by("pk").values()),
            list(OutboxRow.objects.values()),
        ]


def _delete_first(other: OtherApi) -> None:
    del other.klanten[0]


def _add_first(other: OtherApi) -> None:
    other.klanten.insert(0, other_klant(len(other.asked) + 1000))


def _change_one(other: OtherApi) -> None:
    """As without ORDER BY: a changed row moves to the end."""
    other.klanten.append(other.klanten.pop(0))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (_delete_first, range(31, 61)),
        (_add_first, range(1, 61)),
        (_change_one, range(1, 61)),
    ],
)
def test_who_exists_throughout_is_not_missed(
    other: OtherApi,
    run_import: Import,
    change: Callable[[OtherApi], None],
    kept: range,
) -> None:
    other.klanten = [other_klant(number) for number in range(1, 61)]
    register(other.root)

    def meanwhile(_page: int) -> None:
        # on every page, until there have been passes in both directions
        if len(other.asked) < 15:
            change(other)

    other.meanwhile = meanwhile
    outcome = run_import("--from", other.root)

    assert outcome.error == ""
    assert numbers() >= set(kept)


@pytest.mark.django_db
def test_backwards_alone_misses_nobody_of_a_list_with_the_oldest_first(
    other: OtherApi, run_import: Import
) -> None:
    other.klanten = [other_klant(number) for number in range(1, 101)]
    register(other.root)
    other.meanwhile = lambda _page: _delete_first(other)

    def second_pass_fails(page: int) -> tuple[int, Any] | None:
        _delete_first(other)
        is_second = other.asked.count(1) > 2
        return (400, {}) if is_second else None

    other.meanwhile = second_pass_fails
    run_import("--from", other.root)

    throughout = {UUID(body["url"][-36:]).int for body in other.klanten}
    assert throughout
    assert numbers() >= throughout


@pytest.mark.django_db
def test_a_list_that_does_not_say_how_long_it_is(
    other: OtherApi, run_import: Import
) -> None:
    other.klanten = [other_klant(number) for number in range(1, 26)]
    other.dress = lambda body: {"next": body["next"], "results": body["results"]}
    register(other.root)

    other.klanten += [other_klant(number, websiteUrl="") for number in (26, 27)]
    outcome = run_import("--from", other.root)

    assert outcome.counts == (25, 0, 25, 0, 2)
    assert outcome.places() == {"pagina 3 nummer 6", "pagina 3 nummer 7"}
    assert numbers() == set(range(1, 26))


@pytest.mark.django_db
def test_a_list_that_says_to_be_empty_and_is_not(
    other: OtherApi, run_import: Import
) -> None:
    other.klanten = [other_klant(number) for number in range(1, 16)]
    other.dress = lambda body: {**body, "count": 0}
    register(other.root)

    assert run_import("--from", other.root).counts[0] == 15
    assert numbers() == set(range(1, 16))


@pytest.mark.django_db
def test_a_list_that_goes_on_for_ever(other: OtherApi, run_import: Import) -> None:
    page = [other_klant(number) for number in range(1, 11)]
    other.meanwhile = lambda _page: (200, {"next": "x", "results": page})
    register(other.root)

    assert "herhaalt zich" in run_import("--from", other.root).error


@pytest.mark.django_db
def test_none_at_all(other: OtherApi, run_import: Import) -> None:
    register(other.root)

    outcome = run_import("--from", other.root)

    assert (outcome.counts, outcome.error) == ((0, 0, 0, 0, 0), "")


@pytest.mark.django_db
def test_a_dry_run(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 13)]
    other.klanten.append(other_klant(13, websiteUrl=""))
    register(other.root)

    outcome = run_import("--from", other.root, "--dry-run")

    assert outcome.counts == (12, 0, 0, 0, 1)
    assert outcome.faults() == {(13, "websiteUrl", "blank")}
    assert outcome.places() == {"pagina 2 nummer 3"}
    assert (numbers(), STATE.exists()) == (set(), False)


VESTIGING = {
    "subjectType": "vestiging",
    "subjectIdentificatie": {"vestigingsNummer": "000012345678"},
}

ANSWERS: list[tuple[int, Any, str]] = [
    (401, {}, "client-ID, secret"),
    (403, {"status": 403}, "client-ID, secret"),
    (404, {}, "API-root"),
    (302, {}, "API-root"),
    (400, {}, "API-root"),
    (429, {}, "antwoordde 429"),
    (500, b"<html>", "antwoordde 500"),
    (200, b"<html>", "lijst van klanten"),
    (200, [], "lijst van klanten"),
    (200, {"results": None}, "lijst van klanten"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "body", "sentence"), ANSWERS)
def test_a_page_that_does_not_come(
    other: OtherApi, run_import: Import, status: int, body: Any, sentence: str
) -> None:
    other.klanten = [other_klant(number) for number in range(1, 26)]
    register(other.root)
    other.meanwhile = lambda page: (status, body) if page == 2 else None

    outcome = run_import("--from", other.root, "--retries", "0")

    assert sentence in outcome.error
    assert "verder waar het gebleven is" in outcome.error
    assert numbers() == set(range(21, 26))

    other.meanwhile = lambda _page: None
    other.asked.clear()
    assert run_import("--from", other.root).error == ""
    # the length; from the last completed page; and in reverse
    assert other.asked == [1, 3, 2, 1, 1, 1, 2, 3]
    assert numbers() == set(range(1, 26))


@pytest.mark.django_db
def test_a_page_that_comes_at_the_second_attempt(
    other: OtherApi, run_import: Import
) -> None:
    other.klanten = [other_klant(number) for number in range(1, 26)]
    register(other.root)
    other.meanwhile = lambda _page: (503, {}) if len(other.asked) == 2 else None

    assert run_import("--from", other.root, "--retries", "1").error == ""


@pytest.mark.parametrize(("created", "passes"), [(0, 2), (1, 6)])
def test_passes_go_to_and_fro_until_one_brings_nothing(
    created: int, passes: int
) -> None:
    """But not forever, with a list that grows all the time."""
    mark, backwards = Mark(), []
    while True:
        assert (mark.page, mark.created) == (None, 0)
        backwards.append(mark.is_backwards)
        mark.page, mark.created = 1, created
        if mark.is_enough():
            break
        mark.next_pass()
    assert backwards == [True, False] * (passes // 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "seconds"), [({}, [1, 2]), ({"Retry-After": "120"}, [120, 120])]
)
def test_the_other_side_says_when_to_come_back(
    other: OtherApi, headers: dict[str, str], seconds: list[float]
) -> None:
    other.klanten = [other_klant(1)]
    other.headers = headers
    other.meanwhile = lambda _page: (503, {}) if len(other.asked) < 3 else None
    client = KlantenClient(register(other.root), other.root)
    waited: list[float] = []

    pages = KlantenList(client, attempts=2, sleep=waited.append).one_pass(Mark())

    assert [len(page) for page in pages] == [1]
    assert waited == seconds


@pytest.mark.parametrize(
    ("attempt", "asked", "seconds"),
    [(0, None, 1), (3, None, 8), (20, None, 60), (0, 120.0, 120), (0, 1e300, 600)],
)
def test_how_long_to_wait(attempt: int, asked: float | None, seconds: float) -> None:
    assert seconds_to_wait(attempt, asked) == seconds


@pytest.mark.django_db
def test_nobody_listens(run_import: Import) -> None:
    register("http://127.0.0.1:9/klanten/api/v1")

    root = "http://127.0.0.1:9/klanten/api/v1"
    outcome = run_import("--from", root, "--retries", "0")

    assert "niet bereikbaar" in outcome.error


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ((), "Geef een bestand op"),
        (("klanten.jsonl", "--from", "https://x.nl"), "Geef een bestand op"),
        (("--from", "https://x.nl/klanten/api/v1"), "geen service met deze API-root"),
        (("--from", "x.nl"), "geen service met deze API-root"),
        (("--from", "//[x"), "geen service met deze API-root"),
        (("--from", "/"), "geen service met deze API-root"),
        ((".",), "."),
        (("bestaat-niet.jsonl",), "bestaat-niet.jsonl"),
        (("-", "--report", "geen/map/x.csv"), "geen/map/x.csv"),
    ],
)
def test_what_cannot_be_started(
    run_import: Import, args: tuple[str, ...], sentence: str
) -> None:
    assert sentence in run_import(*args).error


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    ["geen json", "[]", "{}", '{"source": "x", "mark": {"paard": 1}, "tally": {}}'],
)
def test_a_state_that_is_not_one_of_this_import(
    other: OtherApi, run_import: Import, content: str
) -> None:
    other.klanten = [other_klant(1)]
    register(other.root)
    STATE.write_text(content, encoding="utf-8")

    assert "klanten_import.json" in run_import("--from", other.root).error
    assert run_import("--from", other.root, "--restart").counts == (1, 0, 1, 0, 0)


@pytest.mark.django_db
def test_the_state_of_another_source(other: OtherApi, run_import: Import) -> None:
    register(other.root)
    kept = {"source": "https://elders.nl/", "mark": {}, "tally": {}}
    STATE.write_text(json.dumps(kept), encoding="utf-8")

    assert "elders.nl" in run_import("--from", other.root).error


@pytest.mark.django_db
def test_who_differs_is_left_and_told_of(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 4)]
    register(other.root)
    run_import("--from", other.root)
    adres = {"straatnaam": "Korenmarkt", "huisnummer": 3}
    other.klanten[1] |= {"achternaam": "Anders", "adres": adres}
    other.klanten[2] |= {"achternaam": "Ook"}

    outcome = run_import("--from", other.root)

    assert (outcome.counts, outcome.error) == ((0, 0, 1, 2, 0), "")
    assert outcome.faults() == {
        (2, "achternaam", "verschilt"),
        (2, "adres", "verschilt"),
        (3, "achternaam", "verschilt"),
    }
    assert outcome.places() == {"pagina 1 nummer 2", "pagina 1 nummer 3"}
    assert Klant.objects.get(uuid=UUID(int=2)).achternaam == "Achternaam 2"

    outcome = run_import("--from", other.root, "--update")
    assert outcome.counts == (0, 2, 3, 0, 0)
    klant = Klant.objects.get(uuid=UUID(int=2))
    assert (klant.achternaam, klant.adres.straatnaam) == ("Anders", "Korenmarkt")

    other.klanten[1] |= {"adres": {**adres, "straatnaam": "Dam"}}
    faults = run_import("--from", other.root).faults()
    assert faults == {(2, "adres.straatnaam", "verschilt")}

    # missing fields are removed, because a copy contains the complete klant
    other.klanten[1] |= {"adres": None}
    run_import("--from", other.root, "--update")
    assert not hasattr(Klant.objects.get(uuid=UUID(int=2)), "adres")
    lines = AuditTrail.objects.filter(resource_url__endswith=str(UUID(int=2)))
    assert lines.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        (VESTIGING, ("subjectType", "wijzigen-niet-toegelaten")),
        ({"klantnummer": "00000002"}, ("nonFieldErrors", "unique")),
    ],
)
def test_an_update_that_breaks_a_rule(
    other: OtherApi, run_import: Import, fields: Any, fault: tuple[str, str]
) -> None:
    other.klanten = [other_klant(1), other_klant(2)]
    register(other.root)
    run_import("--from", other.root)
    other.klanten[0] |= fields

    outcome = run_import("--from", other.root, "--update")

    assert "Niet alle klanten" in outcome.error
    assert outcome.faults() == {(1, *fault)}
    assert outcome.places() == {"pagina 1 nummer 1"}
    assert Klant.objects.get(uuid=UUID(int=1)).klantnummer == "00000001"


@needs_notifications
@pytest.mark.django_db
def test_notifications_only_when_asked_for(
    other: OtherApi, run_import: Import, settings: Any
) -> None:
    settings.NOTIFICATIONS_DISABLED = False
    other.klanten = [other_klant(1)]
    register(other.root)
    run_import("--from", other.root)
    assert not OutboxRow.objects.exists()

    other.klanten.append(other_klant(2))
    run_import("--from", other.root, "--notify")
    (row,) = OutboxRow.objects.all()
    assert (row.kind, row.object_key) == ("notification", str(UUID(int=2)))
    assert row.payload["actie"] == "create"


@pytest.mark.django_db
def test_a_service_that_covers_more_than_this_api(
    other: OtherApi, run_import: Import
) -> None:
    other.klanten = [other_klant(1)]
    register(other.root.removesuffix("/klanten/api/v1"))

    assert run_import("--from", other.root).counts == (1, 0, 1, 0, 0)


@pytest.mark.django_db
def test_a_list_that_becomes_much_shorter(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 51)]
    register(other.root)

    def meanwhile(page: int) -> None:
        if page == 5:
            del other.klanten[15:]

    other.meanwhile = meanwhile
    assert run_import("--from", other.root).error == ""
    assert numbers() == set(range(1, 16))


@pytest.mark.django_db
def test_a_dry_run_of_an_update(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(1)]
    register(other.root)
    run_import("--from", other.root)
    other.klanten[0]["achternaam"] = "Anders"

    outcome = run_import("--from", other.root, "--update", "--dry-run")

    assert outcome.counts == (0, 1, 0, 0, 0)
    assert Klant.objects.get().achternaam == "Achternaam 1"


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Restore Ctrl-C as in a terminal. Shells disable it for background jobs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.django_db
@pytest.mark.usefixtures("_interruptible")
def test_stopped_by_hand(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 31)]
    register(other.root)

    def meanwhile(page: int) -> None:
        if page == 2:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)  # it is received before the response is sent

    other.meanwhile = meanwhile
    assert "Onderbroken" in run_import("--from", other.root).error

    other.meanwhile = lambda _page: None
    assert run_import("--from", other.root).error == ""
    assert numbers() == set(range(1, 31))


def _cut_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 31)]
    register(other.root)
    # in the thread of the other API, with a separate connection
    other.meanwhile = lambda page: _cut_connections() if page == 2 else None

    outcome = run_import("--from", other.root)

    assert "De database antwoordt niet" in outcome.error
    connection.close()
    other.meanwhile = lambda _page: None
    assert run_import("--from", other.root).error == ""
    assert numbers() == set(range(1, 31))


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle(other: OtherApi, run_import: Import) -> None:
    other.klanten = [other_klant(number) for number in range(1, 101)]
    register(other.root)
    reached, go_on = threading.Event(), threading.Event()

    def stop_at_4(page: int) -> None:
        if page == 4:
            reached.set()
            go_on.wait(60)

    other.meanwhile = stop_at_4
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "django", "klanten_import", "--from", other.root],
        env=this_database(),
    )
    assert reached.wait(60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    go_on.set()
    assert numbers() == set(range(41, 101))
    assert stat.S_IMODE(STATE.stat().st_mode) == 0o600

    other.meanwhile = lambda _page: None
    other.asked.clear()
    outcome = run_import("--from", other.root)

    assert outcome.error == ""
    assert outcome.counts[0] == 100
    assert numbers() == set(range(1, 101))
    # the first page for the length of the list, then from the last completed one
    assert other.asked[:4] == [1, 5, 4, 3]
    assert AuditTrail.objects.count() == 100


@pytest.mark.django_db
def test_a_page_is_as_long_as_the_other_side_makes_it(
    other: OtherApi, run_import: Import
) -> None:
    other.klanten = [other_klant(number) for number in range(1, PAGE * 3 + 1)]
    register(other.root)

    run_import("--from", other.root)

    assert numbers() == set(range(1, PAGE * 3 + 1))
