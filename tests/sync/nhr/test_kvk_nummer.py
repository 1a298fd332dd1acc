"""Look-ups for a KVK-nummer as ``innNnpId``, sent by a consumer."""

from __future__ import annotations

from typing import Any

import pytest
from zgw_consumers.models import Service

from klanten_plugin.constants import NhrOutcome, NhrSoort, OutboxKind
from klanten_plugin.models import KlantenConfig, NhrState
from klanten_plugin.tasks import plan_nhr
from testapp.peers.soap_security import parse
from tests.api_client import ApiClient
from tests.dataservice import DataservicePeer, add_dataservice
from tests.nhr import Peer, add_source, rechtspersoon, shown, stand_of, work
from tests.sync.nhr.test_signals import settle

NUMBER = "68750110"
WITHOUT_RSIN = "41129830"
"""Known to KVK's APIs, but not to Dataservice."""


@pytest.fixture(autouse=True)
def _taken(settings: Any) -> None:
    settings.KLANTEN_KVK_NUMMER_AS_NNP_ID = True


def questions(dataservice: DataservicePeer) -> list[tuple[str, str]]:
    """Return tag and text of each number in the requests to Dataservice."""
    return [
        (element.tag.rpartition("}")[2], element.text or "")
        for message in dataservice.service.taken
        for element in parse(message).iter("{*}kvkNummer", "{*}rsin")
    ]


def test_it_is_looked_up_by_what_it_is(
    api: ApiClient, kvk: Peer, dataservice: DataservicePeer
) -> None:
    """Without a search beforehand, and not at a facade that only supports RSINs."""
    add_source(kvk, "haal_centraal")
    add_dataservice(dataservice.root)
    klant = api.create(**rechtspersoon(NUMBER))
    assert klant["subjectIdentificatie"]["innNnpId"] == NUMBER
    work()

    assert kvk.asked == [f"/api/v1/basisprofielen/{NUMBER}"]
    assert questions(dataservice) == [("kvkNummer", NUMBER)]
    after, state = shown(klant), stand_of(klant)
    assert after["bedrijfsnaam"]
    assert after["emailadres"] == "donald@example.nl"
    assert (state.soort, state.nummer) == (NhrSoort.ONDERNEMING, NUMBER)
    assert (state.outcome, state.kvk_nummer) == (NhrOutcome.ACTUEEL, NUMBER)
    sources = {entry["bron"] for entry in state.provenance.values()}
    assert sources == {"KVK", "KVK Dataservice"}


def test_an_unknown_one(
    api: ApiClient, kvk: Peer, dataservice: DataservicePeer
) -> None:
    add_dataservice(dataservice.root)
    klant = api.create(**rechtspersoon("12345670"))
    work()
    assert kvk.asked == ["/api/v1/basisprofielen/12345670"]
    assert questions(dataservice) == [("kvkNummer", "12345670")]
    assert stand_of(klant).outcome == NhrOutcome.ONBEKEND


def test_a_rsin_in_its_place_is_another_number(api: ApiClient, kvk: Peer) -> None:
    """Of the same company or not: values for the old number aren't kept."""
    klant = api.create(**rechtspersoon(NUMBER))
    work()
    before = shown(klant)["bedrijfsnaam"]
    group = {"subjectIdentificatie": {"innNnpId": "992340597"}}
    changed = api.patch(klant["url"], {**group, "subjectType": klant["subjectType"]})
    assert changed.status_code == 200
    work()
    state = stand_of(klant)
    assert (state.soort, state.nummer) == (NhrSoort.RECHTSPERSOON, "992340597")
    assert shown(klant)["bedrijfsnaam"] not in ("", before)


def test_a_signal_about_it(api: ApiClient, kvk: Peer) -> None:
    config = KlantenConfig.get_solo()
    config.nhr_mutatieservice = Service.objects.get(label="KVK")
    config.save()
    klant = api.create(**rechtspersoon(NUMBER))
    other = api.create(**rechtspersoon(WITHOUT_RSIN))
    settle()
    register = kvk.nhr.register
    profiel = register.bodies[f"basisprofiel-{NUMBER}"]
    hoofd = profiel["_embedded"]["hoofdvestiging"]["vestigingsnummer"]
    register.change(hoofd, {"eersteHandelsnaam": "Donald 3.0"})
    plan_nhr()
    work(OutboxKind.NHR_SIGNALEN)
    due = NhrState.objects.due(stand_of(klant).due_at)
    assert [state.nummer for state in due] == [NUMBER]
    assert stand_of(klant).due_at < stand_of(other).due_at
