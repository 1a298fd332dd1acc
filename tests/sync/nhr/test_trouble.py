"""When the register refuses, is ill, or has to be waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.clients.nhr.limiter import used_this_month
from klanten_plugin.constants import NhrOutcome, OutboxKind, OutboxState
from klanten_plugin.domain.klanten.write import create_klant, lock_klant, update_klant
from klanten_plugin.domain.nhr.ownership import Fact
from klanten_plugin.domain.nhr.takeover import RegisterAnswer, take_over
from klanten_plugin.exceptions import ConfigurationError
from klanten_plugin.models import Klant, KlantenConfig, NhrState, OutboxRow
from klanten_plugin.sync.nhr.refresh import refresh
from klanten_plugin.sync.nhr.stop import require_running
from klanten_plugin.sync.outbox.run import Ended
from klanten_plugin.tasks import plan_nhr
from tests.api_client import ApiClient
from tests.nhr import (
    DONALD,
    DONALD_ADRES,
    STICHTING,
    Peer,
    shown,
    stand_of,
    vestiging,
    work,
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
    assert stand_of(klant).outcome == NhrOutcome.NIEUW
    due_now()
    assert work().done == 1
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


@pytest.mark.parametrize("kind", ["status", "reset", "rubbish", "slow"])
def test_after_an_illness_all_is_well(api: ApiClient, kvk: Peer, kind: str) -> None:
    Service.objects.update(timeout=1)
    kvk.fault(kind, seconds=1.5)
    klant = api.create(**vestiging())
    assert work().failed == 1
    due_now()
    work()

    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def test_too_many_requests(api: ApiClient, kvk: Peer) -> None:
    kvk.fault("status", status=429, headers={"Retry-After": "120"})
    api.create(**vestiging())
    start = timezone.now()
    assert work().failed == 1
    assert task().next_attempt_at >= start + timedelta(seconds=119)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_stops_the_whole_run(api: ApiClient, kvk: Peer, status: int) -> None:
    kvk.fault("status", status=status, count=100)
    klanten = [api.create(**vestiging(number)) for number in (DONALD, STICHTING)]
    assert work().ended is Ended.FAILING
    due_now()
    assert work().ended is Ended.FAILING

    # asked once: who is refused doesn't ask again, for whomever
    assert len(kvk.asked) == 1
    config = KlantenConfig.get_solo()
    assert f"KVK antwoordde {status}" in config.nhr_stopped_because

    # after an hour one of the workers tries
    kvk.state.faults.clear()
    long_ago = timezone.now() - timedelta(hours=2)
    KlantenConfig.objects.update(nhr_stopped_at=long_ago)
    due_now()
    assert work().done == 2
    config = KlantenConfig.get_solo()
    assert (config.nhr_stopped_at, config.nhr_stopped_because) == (None, "")
    assert all(shown(klant)["bedrijfsnaam"] for klant in klanten)


def test_after_an_hour_one_tries_for_all(kvk: Peer) -> None:
    def stopped(minutes: int) -> None:
        moment = timezone.now() - timedelta(minutes=minutes)
        KlantenConfig.objects.update(nhr_stopped_at=moment, nhr_stopped_because="Nee.")

    stopped(59)
    with pytest.raises(ConfigurationError, match="Nee"):
        require_running()
    stopped(61)
    require_running()
    with pytest.raises(ConfigurationError, match="Nee"):
        require_running()


def test_a_wrong_key(api: ApiClient, kvk: Peer) -> None:
    Service.objects.update(header_value="wrong")
    api.create(**vestiging())
    assert work().ended is Ended.FAILING
    assert KlantenConfig.get_solo().nhr_stopped_at is not None


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
    assert (work().done, len(kvk.asked)) == (0, 2)


def test_a_spent_budget(api: ApiClient, kvk: Peer, settings: Any) -> None:
    settings.KLANTEN_NHR_MONTHLY_BUDGET = 1
    api.create(**vestiging())
    api.create(**vestiging(STICHTING))
    run = work()

    assert (run.done, run.failed, len(kvk.asked)) == (1, 1, 1)
    NhrState.objects.update(due_at=timezone.now())
    OutboxRow.objects.all().delete()
    plan_nhr()
    assert not OutboxRow.objects.exists()


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


# --- a refresh and a consumer at the same moment


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
    """Until somebody waits for a row that somebody else has locked."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    with connection.cursor() as cursor:
        for _ in range(10_000):
            # or a transaction would see what it saw the first time
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
    """The consumer has the row; the refresh has asked already, and waits for it."""
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
    """The refresh has the row; the consumer waits for it, and overrides."""
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
