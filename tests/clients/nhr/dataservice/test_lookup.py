"""Look-ups over HTTP: mutual TLS, and signatures verified by another library."""

from __future__ import annotations

from typing import Any

from klanten_plugin.clients.nhr.dataservice.source import DataserviceSource
from klanten_plugin.clients.nhr.protocol import NOTHING, Probed, Source
from tests.dataservice import DataservicePeer, look_up, make_service
from tests.nhr import DONALD, DONALD_ADRES, DONALD_RSIN, ENDED, SHIELDED, STICHTING


def source_at(peer: DataservicePeer) -> DataserviceSource:
    return DataserviceSource(make_service(peer.root))


def test_is_a_source_that_can_be_tried(dataservice: DataservicePeer, db: Any) -> None:
    source = source_at(dataservice)
    assert isinstance(source, Source)
    assert isinstance(source, Probed)
    assert "geldig tot 20" in source.probe()


def test_vestiging(dataservice: DataservicePeer, db: Any) -> None:
    answer = look_up(source_at(dataservice), STICHTING)
    assert dict(answer.values) == {
        "bedrijfsnaam": "Stichting Uc027Tc01Tg01 1652253635399",
        "website_url": "https://www.domeinnaam1.nl",
        # the fax number comes first in the register
        "telefoonnummer": "+31301234567",
        "emailadres": "balie@domeinnaam1.nl",
        "adres": {
            "straatnaam": "Sint Jacobsstraat",
            "huisnummer": 300,
            "huisletter": "",
            "huisnummertoevoeging": "",
            "postcode": "3511BT",
            "woonplaatsnaam": "Utrecht",
            "landcode": "6030",
        },
    }
    assert answer.kvk_nummer == "90006623"
    assert dataservice.service.refused == []
    assert len(dataservice.service.taken) == 1


def test_rechtspersoon(dataservice: DataservicePeer, db: Any) -> None:
    answer = look_up(source_at(dataservice), DONALD_RSIN)
    assert answer.values["bedrijfsnaam"]
    assert answer.values["emailadres"] == "donald@example.nl"
    assert answer.values["telefoonnummer"] == "+31515123456"
    assert answer.kvk_nummer == "68750110"


def test_nothing_under_the_number(dataservice: DataservicePeer, db: Any) -> None:
    source = source_at(dataservice)
    for nummer in ("000000000000", "123456782"):
        assert look_up(source, nummer) == NOTHING


def test_shielded_and_ended(dataservice: DataservicePeer, db: Any) -> None:
    source = source_at(dataservice)
    shielded = look_up(source, SHIELDED)
    assert shielded.adres_shielded
    assert "adres" not in shielded.values
    assert shielded.values["telefoonnummer"] == "+31497123456"
    assert look_up(source, ENDED).closed


def test_dutch_address(dataservice: DataservicePeer, db: Any) -> None:
    assert look_up(source_at(dataservice), DONALD).values["adres"] == DONALD_ADRES
