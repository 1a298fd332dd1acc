"""KVK's signals cause early look-ups of contact data, and none of them is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

import pytest
from zgw_consumers.models import Service

from klanten_plugin.clients.nhr.mutatieservice import (
    Mutatieservice,
    Signal,
    signal_from,
)
from klanten_plugin.clients.nhr.signals import (
    IRRELEVANT,
    READERS,
    Affected,
    affected,
)
from klanten_plugin.constants import NhrOutcome, OutboxKind
from klanten_plugin.exceptions import TemporaryRemoteError
from klanten_plugin.models import KlantenConfig, NhrSignalen, NhrState, OutboxRow
from klanten_plugin.sync.nhr import signals as mutaties
from klanten_plugin.sync.outbox.run import Ended
from klanten_plugin.tasks import plan_nhr
from testapp.peers.nhr_register import signal_of
from tests.api_client import ApiClient
from tests.meanwhile import after_statement
from tests.nhr import (
    DONALD,
    STICHTING,
    VVE_RSIN,
    Peer,
    rechtspersoon,
    sample,
    shown,
    stand_of,
    vestiging,
    work,
    work_refresh,
)

FUTURE = timedelta(days=10)


@pytest.fixture
def mutatieservice(kvk: Peer) -> Peer:
    """The register, with its signals configured as well."""
    config = KlantenConfig.get_solo()
    config.nhr_mutatieservice = Service.objects.get(label="KVK")
    config.save()
    return kvk


def settle() -> None:
    """Make all klanten look as if looked up an hour ago, and due in days."""
    work()
    now = timezone.now()
    NhrState.objects.update(due_at=now + FUTURE, checked_at=now - timedelta(hours=1))


def poll() -> Any:
    plan_nhr()
    return work(OutboxKind.NHR_SIGNALEN)


def is_due(body: dict[str, Any]) -> bool:
    return stand_of(body).due_at <= timezone.now()


def test_a_klant_that_was_never_asked_for_has_its_signals_too(
    api: ApiClient, mutatieservice: Peer
) -> None:
    """A klant that was imported may wait for days for its first look-up."""
    klant = api.create(**vestiging())
    OutboxRow.objects.all().delete()
    NhrState.objects.update(due_at=timezone.now() + FUTURE)
    mutatieservice.nhr.register.change(DONALD, {"eersteHandelsnaam": "Donald 2.0"})
    poll()
    assert is_due(klant)


def test_a_signal_has_a_klant_refreshed(api: ApiClient, mutatieservice: Peer) -> None:
    klant = api.create(**vestiging())
    other = api.create(**vestiging(STICHTING))
    settle()
    mutatieservice.nhr.register.change(DONALD, {"eersteHandelsnaam": "Donald 2.0"})
    assert poll().done == 1
    assert (is_due(klant), is_due(other)) == (True, False)
    assert work_refresh().done == 1

    assert shown(klant)["bedrijfsnaam"] == "Donald 2.0"
    # processing the same signals again causes no look-ups
    asked = len(mutatieservice.asked)
    NhrSignalen.objects.update(gelezen_tot=timezone.now() - timedelta(hours=2))
    poll()
    assert work_refresh().done == 0
    assert len(mutatieservice.asked) > asked


def test_a_registration_that_was_waited_for(
    api: ApiClient, mutatieservice: Peer
) -> None:
    """It is looked up immediately, because its KVK-nummer isn't known before."""
    klant = api.create(**vestiging("000099999999"))
    other = api.create(**vestiging())
    work()
    assert stand_of(klant).outcome == NhrOutcome.ONBEKEND
    register = mutatieservice.nhr.register
    profiel = {**mutatieservice.profiel(DONALD), "vestigingsnummer": "000099999999"}
    register.bodies["vestigingsprofiel-000099999999"] = profiel
    one = signal_of({**profiel, "kvkNummer": "77777777"}, {})
    one["signaalType"] = "SignaalNieuweInschrijving"
    one["heeftBetrekkingOp"]["wordtUitgeoefendIn"] = [
        {"vestigingsnummer": "000099999999"}
    ]
    register.signals.append(one)
    poll()

    assert (is_due(klant), is_due(other)) == (True, False)
    work_refresh()
    assert shown(klant)["bedrijfsnaam"] == "Test BV Donald"


def test_what_isnt_name_or_address_costs_nothing(
    api: ApiClient, mutatieservice: Peer
) -> None:
    klant = api.create(**vestiging())
    settle()
    mutatieservice.nhr.register.change(DONALD, {"totaalWerkzamePersonen": 7})
    poll()
    assert not is_due(klant)


def test_signals_about_strangers_arent_opened(
    api: ApiClient, mutatieservice: Peer
) -> None:
    api.create(**vestiging(STICHTING))
    settle()
    mutatieservice.nhr.register.change(DONALD, {"eersteHandelsnaam": "Other"})
    mutatieservice.forget()
    poll()
    assert not [path for path in mutatieservice.asked if "/signalen/" in path]


def test_no_signal_is_lost_when_it_dies_half_way(
    api: ApiClient, mutatieservice: Peer, monkeypatch: Any
) -> None:
    monkeypatch.setattr("klanten_plugin.clients.nhr.mutatieservice.PAGE_SIZE", 10)
    klanten = [api.create(**vestiging(n)) for n in (DONALD, STICHTING)]
    settle()
    poll()
    # the previous poll was in the same second, so there is nothing to read
    before = NhrSignalen.objects.get().gelezen_tot - timedelta(minutes=1)
    NhrSignalen.objects.update(gelezen_tot=before)
    for _ in range(12):
        mutatieservice.nhr.register.change(DONALD, {"eersteHandelsnaam": "D"})
    mutatieservice.nhr.register.change(STICHTING, {"eersteHandelsnaam": "S"})
    mutatieservice.fault("status", status=500, match="pagina=2")
    assert poll().failed == 1

    # the first page was processed, the second is still to come
    assert [is_due(klant) for klant in klanten] == [True, False]
    assert NhrSignalen.objects.get().gelezen_tot == before
    OutboxRow.objects.filter(kind=OutboxKind.NHR_SIGNALEN).update(
        next_attempt_at=timezone.now()
    )
    assert work(OutboxKind.NHR_SIGNALEN).done == 1
    assert [is_due(klant) for klant in klanten] == [True, True]
    assert NhrSignalen.objects.get().gelezen_tot > before


def test_a_long_time_is_read_in_stretches(api: ApiClient, mutatieservice: Peer) -> None:
    service = Mutatieservice(KlantenConfig.get_solo().nhr_mutatieservice)
    NhrSignalen.objects.create(
        abonnement=service.abonnement,
        gelezen_tot=timezone.now() - timedelta(hours=13),
    )
    start = timezone.now() - timedelta(seconds=1)
    mutatieservice.forget()
    # without time: nothing is read, and nothing is lost
    assert mutaties.read_signals(service, -1.0) is False
    assert mutaties.read_signals(service) is True

    lists = [path for path in mutatieservice.asked if "vanaf=" in path]
    assert len(lists) == 3
    assert NhrSignalen.objects.get().gelezen_tot >= start
    poll()


def test_a_signal_that_cant_be_read_counts(
    api: ApiClient, mutatieservice: Peer
) -> None:
    klant = api.create(**vestiging())
    settle()
    mutatieservice.nhr.register.change(DONALD, {"totaalWerkzamePersonen": 7})
    mutatieservice.fault("status", status=422, match="/signalen/")
    poll()
    assert is_due(klant)


def test_an_unreadable_list_is_no_reason_to_go_on(
    api: ApiClient, mutatieservice: Peer, requests_mock: Any
) -> None:
    service = KlantenConfig.get_solo().nhr_mutatieservice
    reader = Mutatieservice(service, "a")
    requests_mock.get(f"{service.api_root}v1/abonnementen/a", json={"pagina": 1})
    with pytest.raises(TemporaryRemoteError, match="niet te lezen"):
        mutaties.read_signals(reader)


@pytest.mark.parametrize("active", [0, 2])
def test_which_subscription_isnt_guessed(mutatieservice: Peer, active: int) -> None:
    body = mutatieservice.nhr.register.bodies["abonnementen"]
    for number, row in enumerate(body["abonnementen"]):
        row["actief"] = number < active
    run = poll()

    task = OutboxRow.objects.get(kind=OutboxKind.NHR_SIGNALEN)
    assert run.ended is Ended.FAILING
    assert task.last_error.startswith(f"Er zijn {active} actieve abonnementen")


def test_the_subscription_that_was_chosen(mutatieservice: Peer) -> None:
    """Its position is kept if another was used in between."""
    register = mutatieservice.nhr.register
    for row in register.bodies["abonnementen"]["abonnementen"]:
        row["actief"] = True
    KlantenConfig.objects.update(nhr_abonnement=register.abonnement)
    before = timezone.now() - timedelta(hours=2)
    NhrSignalen.objects.create(abonnement="eerder", gelezen_tot=before)

    assert poll().done == 1
    places = dict(NhrSignalen.objects.values_list("abonnement", "gelezen_tot"))
    assert places.keys() == {"eerder", register.abonnement}
    assert places["eerder"] == before


def test_the_recorded_list() -> None:
    signals = [signal_from(row) for row in sample("signalen")["signalen"]]
    assert signals[2] == Signal(
        id="cccccccc-cccc-cccc-cccc-cccccccccccc",
        timestamp=datetime(2020, 1, 1, 0, 2, tzinfo=UTC),
        soort="SignaalGewijzigdeVestiging",
        kvk_nummer="87654321",
        vestigingsnummer="000000000001",
    )
    assert len(signals) == 10


def signal(soort: str, vestigingsnummer: str = "") -> Signal:
    return Signal("1", timezone.now(), soort, "68750110", vestigingsnummer)


ALL = Affected(frozenset({DONALD}), rechtspersoon=True, rsin="857587973")


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("SignaalGewijzigdeVestiging", {}, ALL),
        ("SignaalGewijzigdeInschrijving", {}, ALL),
        ("SignaalNaamgeving_2025_01", {}, ALL),
        ("SignaalBeeindiging_2025_01", {}, ALL),
        (
            "SignaalGewijzigdeVestiging",
            {
                "heeftGewijzigdeVestiging": {
                    "gewijzigdeGegevens": {"activiteiten": True}
                }
            },
            Affected(),
        ),
        (
            "SignaalGewijzigdeVestiging",
            {
                "heeftGewijzigdeVestiging": {
                    "vestigingsnummer": DONALD,
                    "isHoofdvestiging": False,
                    "gewijzigdeGegevens": {"adresgegevens": True},
                }
            },
            Affected(frozenset({DONALD})),
        ),
        (
            "SignaalGewijzigdeInschrijving",
            {
                "heeftGewijzigdeGegevens": {
                    "functionarissen": {"bestuursfunctie": True},
                    "vestigingen": {
                        "gewijzigdevestigingen": [
                            {"vestigingsnummer": DONALD, "activiteiten": True}
                        ]
                    },
                }
            },
            Affected(),
        ),
        (
            "SignaalNaamgeving_2025_01",
            {
                "signaalType": "SignaalAdreswijziging_2025_01",
                "adreswijzigings": [{"vestigingsnummer": STICHTING}],
            },
            Affected(frozenset({STICHTING}), rechtspersoon=True, rsin="857587973"),
        ),
        (
            "SignaalNaamgeving_2025_01",
            {
                "signaalType": "SignaalVoortzettingEnOverdracht_2025_01",
                "voortzettingEnOverdracht": {
                    "betrokkenVestigingen": {"vestigingsnummers": [STICHTING]}
                },
            },
            Affected(frozenset({STICHTING}), rechtspersoon=True, rsin="857587973"),
        ),
        (
            "SignaalNaamgeving_2025_01",
            {"signaalType": "SignaalVanMorgen"},
            Affected(everything=True),
        ),
    ],
)
def test_whom_a_signal_is_about(name: str, changes: Any, expected: Affected) -> None:
    detail = {**sample(name)["signaal"], **changes}
    assert affected(signal(name), detail) == expected


@pytest.mark.parametrize(
    ("vestigingsnummer", "expected"),
    [
        ("", Affected(everything=True)),
        (DONALD, Affected(frozenset({DONALD}))),
    ],
)
def test_a_signal_without_its_detail(vestigingsnummer: str, expected: Affected) -> None:
    soort = "SignaalGewijzigdeVestiging"
    assert affected(signal(soort, vestigingsnummer), None) == expected


@pytest.mark.parametrize("soort", sorted(IRRELEVANT))
def test_signals_that_are_no_reason(soort: str) -> None:
    assert affected(signal(soort), None) == Affected()
    assert soort not in READERS


EVERYTHING = Affected(everything=True)


@pytest.mark.parametrize(
    ("minutes", "kvk_nummer", "who", "is_due_now"),
    [
        (-10, "68750110", EVERYTHING, True),
        # their clock and ours may differ
        (4, "68750110", EVERYTHING, True),
        (6, "68750110", EVERYTHING, False),
        (-10, "90006623", EVERYTHING, False),
        (-10, "68750110", Affected(frozenset({DONALD})), True),
        (-10, "68750110", Affected(frozenset({STICHTING})), False),
        (-10, "68750110", Affected(rechtspersoon=True), False),
        (-10, "68750110", Affected(), False),
    ],
)
def test_who_is_asked_for_because_of_a_signal(
    api: ApiClient,
    mutatieservice: Peer,
    minutes: int,
    kvk_nummer: str,
    who: Affected,
    is_due_now: bool,
) -> None:
    klant = api.create(**vestiging())
    settle()
    one = Signal("1", timezone.now(), "", kvk_nummer, "")
    checked_at = one.timestamp + timedelta(minutes=minutes)
    NhrState.objects.update(checked_at=checked_at)
    assert mutaties.mark_due(one, who) == is_due_now
    assert is_due(klant) is is_due_now


@pytest.mark.parametrize("who", [EVERYTHING, Affected(rechtspersoon=True)])
def test_a_signal_that_names_nobody(
    api: ApiClient, mutatieservice: Peer, who: Affected
) -> None:
    """It doesn't match klanten without a known KVK-nummer either."""
    api.create(**vestiging())
    api.create(**rechtspersoon(VVE_RSIN))
    NhrState.objects.update(due_at=timezone.now() + FUTURE)
    assert mutaties.mark_due(Signal("1", timezone.now(), "", "", ""), who) == 0


def test_the_mutatieservice_was_taken_out(mutatieservice: Peer) -> None:
    mutaties.queue_poll()
    KlantenConfig.objects.update(nhr_mutatieservice=None)
    assert work(OutboxKind.NHR_SIGNALEN).ended is Ended.FAILING
    task = OutboxRow.objects.get(kind=OutboxKind.NHR_SIGNALEN)
    assert task.last_error == "Er is geen Mutatieservice ingesteld."
    mutaties.queue_poll()
    assert OutboxRow.objects.count() == 1


@pytest.mark.parametrize(
    ("kvk_nummer", "who"),
    [("", ALL), ("68750110", Affected(frozenset({DONALD}), rechtspersoon=True))],
    ids=["rsin", "kvk-nummer"],
)
def test_how_the_legal_person_is_found(
    api: ApiClient, mutatieservice: Peer, kvk_nummer: str, who: Affected
) -> None:
    klanten = [
        api.create(**rechtspersoon("857587973")),
        api.create(**vestiging(DONALD)),
        api.create(**rechtspersoon(VVE_RSIN)),
        api.create(**vestiging(STICHTING)),
    ]
    settle()
    NhrState.objects.filter(nummer="857587973").update(kvk_nummer=kvk_nummer)
    # due klanten stay due
    assert [mutaties.mark_due(signal(""), who) for _twice in range(2)] == [2, 0]
    assert [is_due(klant) for klant in klanten] == [True, True, False, False]


def test_another_worker_may_be_further(mutatieservice: Peer) -> None:
    service = Mutatieservice(KlantenConfig.get_solo().nhr_mutatieservice)
    further = timezone.now() + timedelta(minutes=1)

    def move_on() -> None:
        NhrSignalen.objects.update(gelezen_tot=further)

    with after_statement('INSERT INTO "klanten_plugin_nhrsignalen"', move_on):
        assert mutaties.read_signals(service) is True
    assert NhrSignalen.objects.get().gelezen_tot == further
