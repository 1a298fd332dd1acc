"""The register refuses, fails, or is paused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar

from django.db import connection, transaction
from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.clients.nhr.answers import read_kept
from klanten_plugin.clients.nhr.budget import Lane, used_this_month
from klanten_plugin.clients.nhr.protocol import Answer
from klanten_plugin.constants import NhrOutcome, NhrTurn, OutboxKind, OutboxState
from klanten_plugin.domain.klanten.changes import ChangeContext
from klanten_plugin.domain.klanten.locking import lock_klant
from klanten_plugin.domain.klanten.write import create_klant, update_klant
from klanten_plugin.domain.nhr.ownership import Fact
from klanten_plugin.domain.nhr.takeover import RegisterAnswer, take_over
from klanten_plugin.exceptions import ConfigurationError
from klanten_plugin.models import Klant, NhrBron, NhrState, OutboxRow
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr.gate import GuardedSource, is_open, resume
from klanten_plugin.sync.nhr.refresh import refresh
from klanten_plugin.sync.outbox.run import Ended, Run
from klanten_plugin.tasks import plan_nhr
from tests.api_client import ApiClient
from tests.nhr import (
    DONALD,
    DONALD_ADRES,
    STICHTING,
    Peer,
    add_source,
    shown,
    stand_of,
    vestiging,
    work,
    work_refresh,
)
from tests.nhr_source import OwnSource, choose_own_source
from tests.sync.nhr.test_overriding import NUMBER

NO_ADRES = dict.fromkeys(DONALD_ADRES, "") | {"huisnummer": None}


def due_now() -> None:
    OutboxRow.objects.filter(state=OutboxState.WAITING).update(
        next_attempt_at=timezone.now()
    )


def task() -> OutboxRow:
    return OutboxRow.objects.get(kind=OutboxKind.NHR_OVERNAME)


def test_what_is_being_processed_comes_later(api: ApiClient, kvk: Peer) -> None:
    kvk.fault("ipd", code="IPD1002")
    klant = api.create(**vestiging())
    start = timezone.now()
    assert work().failed == 1

    waiting = task()
    assert waiting.next_attempt_at >= start + timedelta(minutes=5)
    assert waiting.last_error == "KVK antwoordde 404 (IPD1002)."
    assert stand_of(klant).outcome == NhrOutcome.STORING
    due_now()
    assert work().done == 1
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


@pytest.mark.parametrize("kind", ["status", "reset", "html", "slow"])
def test_after_an_illness_all_is_well(api: ApiClient, kvk: Peer, kind: str) -> None:
    Service.objects.update(timeout=1)
    kvk.fault(kind, seconds=1.5, count=1000)
    klant = api.create(**vestiging())
    assert work().failed == 1
    kvk.mend()
    due_now()
    work()

    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def test_too_many_requests(api: ApiClient, kvk: Peer) -> None:
    kvk.fault("status", status=429, headers={"Retry-After": "120"})
    api.create(**vestiging())
    start = timezone.now()
    assert work().failed == 1
    assert task().next_attempt_at >= start + timedelta(seconds=119)


def shift_back(delta: timedelta) -> None:
    """Shift all stored times of the sources into the past."""
    for bron in NhrBron.objects.all():
        for name in ("stopped_at", "paused_until", "failing_since"):
            if moment := getattr(bron, name):
                setattr(bron, name, moment - delta)
        bron.save()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_stops_the_whole_run(api: ApiClient, kvk: Peer, status: int) -> None:
    kvk.fault("status", status=status, count=100)
    klanten = [api.create(**vestiging(number)) for number in (DONALD, STICHTING)]
    assert work().ended is Ended.FAILING
    due_now()
    # no row is claimed, so none loses an attempt
    assert work() == Run(ended=Ended.CLOSED)

    # one request: after a refusal no more are sent, for any klant
    assert len(kvk.asked) == 1
    assert f"KVK antwoordde {status}" in NhrBron.objects.get().last_error

    # after an hour one of the workers retries
    kvk.mend()
    shift_back(timedelta(hours=2))
    due_now()
    assert work().done == 2
    bron = NhrBron.objects.get()
    assert (bron.stopped_at, bron.failing_since, bron.last_error) == (None, None, "")
    assert all(shown(klant)["bedrijfsnaam"] for klant in klanten)


class QueriedMeanwhile(OwnSource):
    """A source that a second worker finds stopped during each request."""

    asked: ClassVar[list[str]] = []

    def look_up(self, number: NhrNummer) -> Answer:
        self.asked.append(number.nummer)
        with pytest.raises(ConfigurationError, match="Nee"):
            GuardedSource(NhrBron.objects.get()).look_up(number)
        return super().look_up(number)


def test_after_an_hour_one_tries_for_all(db: Any) -> None:
    choose_own_source(f"{__name__}.QueriedMeanwhile")
    QueriedMeanwhile.asked.clear()

    def stopped(minutes: int) -> GuardedSource:
        moment = timezone.now() - timedelta(minutes=minutes)
        NhrBron.objects.update(stopped_at=moment, paused_until=None, last_error="Nee.")
        return GuardedSource(NhrBron.objects.get())

    with pytest.raises(ConfigurationError, match="Nee"):
        stopped(59).look_up(NUMBER)
    assert not is_open(Lane.FIRST)
    assert QueriedMeanwhile.asked == []
    source = stopped(61)
    assert is_open(Lane.FIRST)
    assert source.look_up(NUMBER).values == OwnSource.values
    assert QueriedMeanwhile.asked == [NUMBER.nummer]
    assert NhrBron.objects.get().stopped_at is None


def test_a_wrong_key(api: ApiClient, kvk: Peer) -> None:
    Service.objects.update(header_value="wrong")
    api.create(**vestiging())
    assert work().ended is Ended.FAILING
    assert NhrBron.objects.get().stopped_at is not None


OUTAGES: dict[str, dict[str, Any]] = {
    "IPD9999": {"kind": "ipd", "code": "IPD9999", "status": 500},
    "IPD1002": {"kind": "ipd", "code": "IPD1002"},
    "unknown code": {"kind": "ipd", "code": "IPD4711"},
    "500": {"kind": "status", "status": 500},
    "302": {"kind": "status", "status": 302, "headers": {"Location": "/elsewhere"}},
    "410": {"kind": "status", "status": 410},
    "200 {}": {"kind": "status", "status": 200},
    "html": {"kind": "html"},
    "reset": {"kind": "reset"},
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_costs_five_requests(api: ApiClient, kvk: Peer, outage: str) -> None:
    klanten = [api.create(**vestiging(f"00000000{n:04}")) for n in range(1, 7)]
    klanten.append(api.create(**vestiging()))
    kvk.fault(**{**OUTAGES[outage], "count": 1000})
    for _run in range(5):
        due_now()
        work()

    assert len(kvk.asked) == 5
    assert used_this_month().betaald == 5
    # nothing is given up, and rows that weren't tried lost no attempt
    rows = OutboxRow.objects.filter(kind=OutboxKind.NHR_OVERNAME)
    assert rows.filter(state=OutboxState.WAITING).count() == 7
    assert rows.filter(attempts=0).count() == 2
    bron = NhrBron.objects.get()
    assert bron.failures == 5
    assert bron.failing_since is not None
    assert bron.last_error.startswith("KVK ")

    # after a pause one tries, without costs; then all continue
    kvk.mend()
    kvk.forget()
    shift_back(timedelta(hours=2))
    due_now()
    assert work().done == 7
    assert kvk.asked[0] == "/api/v2/zoeken?rsin=000000000"
    assert shown(klanten[-1])["bedrijfsnaam"] == "Test BV Donald"
    assert NhrBron.objects.get().failures == 0


def test_a_week_of_errors_is_seen_at_the_klant(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging())
    kvk.fault("status", status=500, count=1000)
    for _day in range(7):
        shift_back(timedelta(days=1))
        OutboxRow.objects.update(created_at=timezone.now() - timedelta(days=_day))
        due_now()
        work()

    state = stand_of(klant)
    assert state.outcome == NhrOutcome.STORING
    assert state.remarks == [{"veld": "", "reden": "KVK antwoordde 500."}]
    assert state.checked_at is None
    assert OutboxRow.objects.get().state == OutboxState.WAITING
    bron = NhrBron.objects.get()
    assert bron.failures == 7
    kvk.mend()
    shift_back(timedelta(days=1))
    due_now()
    work()
    assert stand_of(klant).outcome == NhrOutcome.ACTUEEL


def test_retry_after_holds_for_all_workers(api: ApiClient, kvk: Peer) -> None:
    kvk.fault("status", status=429, headers={"Retry-After": "1800"})
    for number in (DONALD, STICHTING):
        api.create(**vestiging(number))
    assert work().failed == 1
    due_now()

    assert work().ended is Ended.CLOSED
    NhrState.objects.update(due_at=timezone.now(), turn=NhrTurn.REFRESH)
    OutboxRow.objects.all().delete()
    plan_nhr()
    assert work_refresh().ended is Ended.CLOSED
    assert len(kvk.asked) == 1
    wait = NhrBron.objects.get().paused_until - timezone.now()
    assert timedelta(minutes=29) < wait <= timedelta(minutes=30)
    shift_back(timedelta(minutes=31))
    assert work_refresh().done == 2


def test_a_second_source_is_stopped_alone(api: ApiClient, kvk: Peer) -> None:
    add_source(kvk, "haal_centraal")
    kvk.fault("status", status=403, match="/bevragen/", count=1000)
    klanten = [api.create(**vestiging(number)) for number in (DONALD, STICHTING)]
    assert work().done == 2

    assert [shown(one)["bedrijfsnaam"] for one in klanten] == [
        "Test BV Donald",
        "Stichting Uc027Tc01Tg01 1652253635399",
    ]
    # refused once, and stopped from then on
    assert sum("/bevragen/" in path for path in kvk.asked) == 1
    stopped = NhrBron.objects.exclude(stopped_at=None)
    assert [bron.soort for bron in stopped] == ["haal_centraal"]
    assert {stand_of(one).outcome for one in klanten} == {NhrOutcome.DEELS}

    # it is retried automatically; KVK's answer isn't paid for twice
    kvk.mend()
    kvk.forget()
    resume()
    due_now()
    assert work().done == 2
    assert {path.split("/")[1] for path in kvk.asked} == {"bevragen"}
    assert shown(klanten[0])["telefoonnummer"] == "+31302142081"
    assert shown(klanten[0])["bedrijfsnaam"] == "Test BV Donald"
    assert {stand_of(one).outcome for one in klanten} == {NhrOutcome.ACTUEEL}

    # from here on both are due at the same time, so that the klant is queued once
    for klant in klanten:
        moments = {one.again_at for one in read_kept(stand_of(klant).answers).values()}
        assert moments == {stand_of(klant).due_at}


def test_a_question_that_is_wrong_is_given_up(api: ApiClient, kvk: Peer) -> None:
    other = api.create(**vestiging(STICHTING))
    work()
    kvk.fault("ipd", code="IPD0006", status=400)
    klant = api.create(**vestiging())
    start = timezone.now()
    assert work().given_up == 1

    state = stand_of(klant)
    assert state.outcome == NhrOutcome.FOUT
    assert state.remarks == [{"veld": "", "reden": "KVK antwoordde 400 (IPD0006)."}]
    assert state.due_at > start + timedelta(days=80)
    assert state.checked_at >= start
    assert stand_of(other).outcome == NhrOutcome.ACTUEEL
    plan_nhr()
    assert (work_refresh().done, len(kvk.asked)) == (0, 2)


def test_a_spent_budget(api: ApiClient, kvk: Peer, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 1
    klanten = [api.create(**vestiging(number)) for number in (DONALD, STICHTING)]
    run = work()

    assert (run.done, run.ended, len(kvk.asked)) == (1, Ended.CLOSED, 1)
    row = OutboxRow.objects.get(state=OutboxState.WAITING)
    assert (row.attempts, row.last_error) == (0, "")
    NhrState.objects.update(due_at=timezone.now())
    OutboxRow.objects.exclude(pk=row.pk).delete()
    plan_nhr()
    assert list(OutboxRow.objects.all()) == [row]

    # raising it immediately releases waiting rows
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 2
    assert work().done == 1
    assert all(shown(klant)["bedrijfsnaam"] for klant in klanten)


def test_an_import_doesnt_put_off_the_klant_of_this_morning(
    api: ApiClient, kvk: Peer, settings: Any
) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 10
    context = ChangeContext(in_bulk=True)
    for number in range(30):
        values = {
            "bronorganisatie": "123456782",
            "subject_type": "vestiging",
            "subject_identificatie": {"vestigings_nummer": f"00000001{number:04}"},
        }
        create_klant(values, context)
    NhrState.objects.update(due_at=timezone.now())
    plan_nhr()
    work_refresh()
    assert used_this_month().betaald <= 8

    klant = api.create(**vestiging())
    assert work().done == 1
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def test_what_is_signalled_goes_before_the_rest(api: ApiClient, kvk: Peer) -> None:
    add_source(kvk, "haal_centraal")
    for number in ("000038509504", DONALD, STICHTING):
        api.create(**vestiging(number))
    OutboxRow.objects.all().delete()
    old = timezone.now() - timedelta(days=9)
    NhrState.objects.update(due_at=old, turn=NhrTurn.REFRESH, checked_at=old)
    NhrState.objects.filter(nummer=STICHTING).update(turn=NhrTurn.SIGNALLED)
    NhrState.objects.filter(nummer=DONALD).update(turn=NhrTurn.NEW)
    plan_nhr()

    rows = OutboxRow.objects.order_by("pk").values_list("object_key", flat=True)
    assert [key.split(":")[1] for key in rows] == [STICHTING, DONALD, "000038509504"]


def test_redis_is_away(api: ApiClient, kvk: Peer, settings: Any) -> None:
    url = settings.KLANTEN_NHR_LIMITER_URL
    settings.KLANTEN_NHR_LIMITER_URL = "redis://127.0.0.1:1/0"
    klant = api.create(**vestiging())
    assert work().failed == 1
    assert kvk.asked == []
    settings.KLANTEN_NHR_LIMITER_URL = url
    due_now()
    work()
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        (
            {"eersteHandelsnaam": "N" * 201},
            {"bedrijfsnaam": ""},
            ("bedrijfsnaam", "Langer dan 200 tekens."),
        ),
        (
            {"websites": ["not a website"]},
            {"websiteUrl": "https://onbekend.invalid"},
            ("website_url", "Geen geldige waarde voor dit veld."),
        ),
        (
            {"websites": [f"www.{'a' * 1000}.nl"]},
            {"websiteUrl": "https://onbekend.invalid"},
            ("website_url", "Langer dan 1000 tekens."),
        ),
        (
            {"eersteHandelsnaam": "a\0b"},
            {"bedrijfsnaam": ""},
            ("bedrijfsnaam", "Geen geldige waarde voor dit veld."),
        ),
        (
            {"adressen": [{"huisnummer": 100_000}]},
            {"adres": None},
            (
                "adres",
                "Adres niet overgenomen; huisnummer: Buiten het bereik van dit veld.",
            ),
        ),
        (
            {"adressen": [{"straatnaam": "S" * 101}]},
            {"adres": None},
            ("adres", "Adres niet overgenomen; straatnaam: Langer dan 100 tekens."),
        ),
        (
            {"adressen": [{"huisnummer": "drie"}]},
            {"adres": None},
            ("adres", "Adres niet overgenomen; huisnummer: Geen getal."),
        ),
    ],
)
def test_what_doesnt_fit_is_left_alone(
    api: ApiClient, kvk: Peer, changes: Any, expected: Any, reason: Any
) -> None:
    profiel = kvk.profiel(DONALD)
    if adressen := changes.get("adressen"):
        base = profiel["adressen"][1]
        changes = {"adressen": [{**base, **adres} for adres in adressen]}
    profiel.update(changes)
    klant = api.create(**vestiging())
    assert work().done == 1

    body = shown(klant)
    assert {name: body[name] for name in expected} == expected
    field, text = reason
    assert {"veld": field, "reden": text} in stand_of(klant).remarks


@pytest.mark.parametrize(
    ("given", "expected", "reason"),
    [
        (
            {"voornaam": 5},
            {"voornaam": ""},
            ("voornaam", "Het register gaf geen tekst."),
        ),
        (
            {"adres": "Dam 1"},
            {"adres": None},
            ("adres", "Het register gaf geen adres."),
        ),
        (
            {"adres": {"straatnaam": "Dam", "huisnummer": True}},
            {"adres": None},
            ("adres", "Adres niet overgenomen; huisnummer: Geen getal."),
        ),
        (
            {"adres": {"straatnaam": "Dam"}},
            {"adres": {**NO_ADRES, "straatnaam": "Dam"}},
            None,
        ),
    ],
    ids=["number", "text", "boolean", "part"],
)
def test_what_a_source_of_ones_own_gives(
    api: ApiClient,
    db: Any,
    monkeypatch: pytest.MonkeyPatch,
    given: Any,
    expected: Any,
    reason: Any,
) -> None:
    choose_own_source()
    monkeypatch.setattr(OwnSource, "values", given)
    klant = api.create(**vestiging())
    refresh(NUMBER)

    body = shown(klant)
    assert {name: body[name] for name in expected} == expected
    remarks = [(one["veld"], one["reden"]) for one in stand_of(klant).remarks]
    assert remarks == ([reason] if reason else [])


def test_a_long_toevoeging_is_left_out(api: ApiClient, kvk: Peer) -> None:
    klant = api.create(**vestiging("000012345681"))
    work()

    assert shown(klant)["adres"] == {
        "straatnaam": "Kerkstraat",
        "huisnummer": 42,
        "huisletter": "B",
        "huisnummertoevoeging": "",
        "postcode": "3511LC",
        "woonplaatsnaam": "Utrecht",
        "landcode": "6030",
    }
    reason = "Adres overgenomen zonder huisnummertoevoeging: Langer dan 4 tekens."
    assert {"veld": "adres", "reden": reason} in stand_of(klant).remarks


def test_what_was_taken_over_can_be_sent_back(api: ApiClient, kvk: Peer) -> None:
    for number in ("000038509504", DONALD, STICHTING, "000012345681", "000000080896"):
        klant = api.create(**vestiging(number))
        work()
        body = api.get(klant["url"]).json()
        response = api.put(klant["url"], body)
        assert (response.status_code, response.json()) == (200, body)


# --- a refresh and a concurrent write by a consumer


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda api, url: api.delete(url),
        lambda api, url: api.patch(
            url, {"subjectIdentificatie": {"vestigingsNummer": STICHTING}}
        ),
    ],
    ids=["deleted", "renumbered"],
)
def test_an_answer_that_comes_too_late_is_for_nobody(
    api: ApiClient, db: Any, meanwhile: Any
) -> None:
    klant = api.create(**vestiging())
    state = stand_of(klant)
    meanwhile(api, klant["url"])
    register = RegisterAnswer(facts={"bedrijfsnaam": Fact("Test BV Donald", "KVK")})

    assert take_over(state.klant_id, NUMBER, register) is False
    assert not Klant.objects.exclude(bedrijfsnaam="").exists()


@contextmanager
def in_thread(do: Any) -> Iterator[threading.Thread]:
    def run() -> None:
        try:
            do()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(30)
    assert not thread.is_alive()


def wait_for_a_lock() -> None:
    """Wait until another connection waits for a locked row."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    with connection.cursor() as cursor:
        for _ in range(10_000):
            # otherwise a transaction would see its first snapshot
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            row = cursor.fetchone()
            if row and row[0]:
                return
    raise AssertionError("nobody waits")


@pytest.fixture
def klant(transactional_db: None, kvk: Peer) -> Klant:
    return create_klant(
        {
            "bronorganisatie": "123456782",
            "subject_type": "vestiging",
            "subject_identificatie": {"vestigings_nummer": DONALD},
        }
    )


def test_a_consumer_who_writes_before_the_refresh_does(klant: Klant) -> None:
    """The consumer has locked the row. The refresh has its answer, and waits."""
    refreshing = in_thread(lambda: refresh(NUMBER))
    with transaction.atomic():
        lock_klant(klant)
        refreshing.__enter__()
        wait_for_a_lock()
        update_klant(klant, {"bedrijfsnaam": "Ours"})
    refreshing.__exit__(None, None, None)

    klant.refresh_from_db()
    assert klant.bedrijfsnaam == "Ours"
    assert Klant.objects.get(pk=klant.pk).adres.straatnaam == "Hizzaarderlaan"


def test_a_consumer_who_writes_while_the_register_answers(
    klant: Klant, kvk: Peer
) -> None:
    kvk.fault("slow", seconds=2)
    with in_thread(lambda: refresh(NUMBER)):
        while not kvk.asked:
            pass
        update_klant(klant, {"bedrijfsnaam": "Ours"})
        assert used_this_month().aanvragen == 1

    klant.refresh_from_db()
    assert klant.bedrijfsnaam == "Ours"
    assert NhrState.objects.get().checked_at is not None


def test_a_consumer_who_writes_just_after_the_refresh(klant: Klant) -> None:
    """The refresh has locked the row. The consumer waits for it, and overrides."""
    with transaction.atomic():
        refresh(NUMBER)
        writing = in_thread(lambda: update_klant(klant, {"bedrijfsnaam": "Ours"}))
        writing.__enter__()
        wait_for_a_lock()
    writing.__exit__(None, None, None)
    refresh(NUMBER)

    klant.refresh_from_db()
    assert klant.bedrijfsnaam == "Ours"
    assert NhrState.objects.get().provenance["bedrijfsnaam"]["overschreven"] is True


def test_a_klant_that_gets_another_number_meanwhile(klant: Klant, kvk: Peer) -> None:
    kvk.fault("slow", seconds=2)
    with in_thread(lambda: refresh(NUMBER)):
        while not kvk.asked:
            pass
        update_klant(
            klant,
            {
                "subject_type": "vestiging",
                "subject_identificatie": {"vestigings_nummer": STICHTING},
            },
        )

    klant.refresh_from_db()
    assert klant.bedrijfsnaam == ""
    work()
    klant.refresh_from_db()
    assert klant.bedrijfsnaam.startswith("Stichting")
