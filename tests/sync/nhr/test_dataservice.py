"""KVK Dataservice end to end: klanten get telephone and e-mail."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.utils import translation

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from zgw_consumers.models import Service

from klanten_plugin.clients.nhr.dataservice.packages import PACKAGES
from klanten_plugin.clients.nhr.dataservice.representative import SEVERAL
from klanten_plugin.constants import NhrOutcome
from klanten_plugin.models import KlantenConfig, NhrBron
from tests.api_client import ApiClient
from tests.dataservice import (
    DataservicePeer,
    add_dataservice,
    certificates,
    new_pair,
    store_certificate,
    stored_pair,
    with_representative,
)
from tests.nhr import (
    DONALD,
    DONALD_RSIN,
    SHIELDED,
    STICHTING,
    Peer,
    add_source,
    rechtspersoon,
    shown,
    stand_of,
    vestiging,
    work,
)


@pytest.fixture
def source(dataservice: DataservicePeer, db: Any) -> NhrBron:
    """Dataservice as the only source."""
    return add_dataservice(dataservice.root)


def test_a_new_vestiging_has_telephone_and_email_a_moment_later(
    source: NhrBron, api: ApiClient
) -> None:
    klant = api.create(**vestiging(STICHTING))
    work()
    after = shown(klant)
    assert after["telefoonnummer"] == "+31301234567"
    assert after["emailadres"] == "balie@domeinnaam1.nl"
    assert after["websiteUrl"] == "https://www.domeinnaam1.nl"
    assert after["achternaam"] == ""
    state = stand_of(klant)
    assert state.outcome == NhrOutcome.ACTUEEL
    assert state.kvk_nummer == "90006623"
    assert state.provenance["emailadres"]["bron"] == "KVK Dataservice"


def test_a_legal_person_by_its_rsin(source: NhrBron, api: ApiClient) -> None:
    klant = api.create(**rechtspersoon(DONALD_RSIN))
    work()
    assert shown(klant)["emailadres"] == "donald@example.nl"


def test_what_is_overridden_stays(source: NhrBron, api: ApiClient) -> None:
    klant = api.create(**vestiging(STICHTING, emailadres="eigen@example.nl"))
    work()
    after = shown(klant)
    assert after["emailadres"] == "eigen@example.nl"
    assert after["telefoonnummer"] == "+31301234567"


def test_after_kvk_it_is_asked_for_what_that_has_not(
    dataservice: DataservicePeer, register: Peer, api: ApiClient
) -> None:
    add_source(register)
    add_dataservice(dataservice.root)
    klant = api.create(**vestiging(STICHTING))
    work()
    provenance = stand_of(klant).provenance
    assert {name: entry["bron"] for name, entry in provenance.items()} == {
        "bedrijfsnaam": "KVK",
        "website_url": "KVK",
        "adres": "KVK",
        "telefoonnummer": "KVK Dataservice",
        "emailadres": "KVK Dataservice",
    }


def test_a_shielded_vestiging_can_be_called_and_not_visited(
    source: NhrBron, api: ApiClient
) -> None:
    klant = api.create(**vestiging(SHIELDED))
    work()
    after = shown(klant)
    assert after["adres"] is None
    assert after["telefoonnummer"] == "+31497123456"


def test_an_address_abroad_can_be_sent_back(
    dataservice: DataservicePeer, register: Peer, api: ApiClient, source: NhrBron
) -> None:
    fresh = dataservice.service.register()
    fresh.bodies[f"vestigingsprofiel-{DONALD}"]["adressen"] = [
        {
            "type": "bezoekadres",
            "indAfgeschermd": "Nee",
            "straatHuisnummer": "310 Goswell Road",
            "postcodeWoonplaats": "EC1V 7LW Londen",
            "land": "Verenigd Koninkrijk",
            "landcode": "6039",
        }
    ]
    klant = api.create(**vestiging(DONALD))
    work()
    adres = shown(klant)["adres"]
    assert adres == {
        "straatnaam": "310 Goswell Road",
        "huisnummer": None,
        "huisletter": "",
        "huisnummertoevoeging": "",
        "postcode": "",
        "woonplaatsnaam": "EC1V 7LW Londen",
        "landcode": "6039",
    }
    response = api.patch(klant["url"], {"adres": adres})
    assert response.status_code == 200
    assert not stand_of(klant).provenance["adres"]["overschreven"]


def test_a_representative_is_overwritable(source: NhrBron, api: ApiClient) -> None:
    with_representative()
    klant = api.create(**vestiging(DONALD, voornaam="Kwik"))
    work()
    after = shown(klant)
    assert [after[name] for name in ("voornaam", "achternaam", "functie")] == [
        "Kwik",
        "Duck",
        "Algemeen directeur",
    ]


def test_several_representatives_are_a_remark(source: NhrBron, api: ApiClient) -> None:
    with_representative()
    klant = api.create(**vestiging(STICHTING))
    work()
    assert shown(klant)["achternaam"] == ""
    assert {"veld": "achternaam", "reden": SEVERAL.format(count=2)} in (
        stand_of(klant).remarks
    )


@pytest.fixture
def without_the_extra(monkeypatch: Any) -> None:
    """Simulate a host without the packages of the extra."""
    name = "klanten_plugin.clients.nhr.dataservice.packages.PACKAGES"
    monkeypatch.setattr(name, tuple(f"no_{package}" for package in PACKAGES))


def warnings() -> dict[str, str]:
    """Return the ids of failing checks of certificates."""
    with translation.override("nl"):
        found = run_checks(databases=["default"])
    return {
        str(message.id).removeprefix("klanten_plugin."): message.msg
        for message in found
        if str(message.id).startswith("klanten_plugin.W04")
    }


def doctor() -> list[dict[str, str]]:
    """Return the findings of ``klanten_doctor``."""
    out = io.StringIO()
    with suppress(CommandError, SystemExit):
        call_command("klanten_doctor", "--json", "--timeout", "1", stdout=out)
    rows: list[dict[str, str]] = json.loads(out.getvalue())["findings"]
    return rows


def test_all_is_well(source: NhrBron) -> None:
    assert warnings() == {}
    row = next(row for row in doctor() if row["name"] == "NHR: dataservice")
    assert row["state"] == "ok"


def test_without_the_extra(source: NhrBron, without_the_extra: None) -> None:
    assert "klanten-plugin[dataservice]" in warnings()["W040"]
    bad = next(row for row in doctor() if row["name"] == "NHR: dataservice")
    assert bad["state"] == "error"
    assert "klanten-plugin[dataservice]" in bad["what"]


def test_without_a_source_nothing_is_asked_of_the_host(
    db: Any, without_the_extra: None
) -> None:
    assert warnings() == {}


BLOCKED = """
import sys

for name in ("lxml", "signxml", "xmlsec"):
    sys.modules[name] = None
import django

django.setup()
from django.core.management import call_command
from klanten_plugin.clients.nhr.sources import SHIPPED
from klanten_plugin.exceptions import ConfigurationError

call_command("check")
try:
    SHIPPED["dataservice"](None)
except ConfigurationError as error:
    print(error)
"""


@pytest.mark.once
def test_a_host_without_the_extra_starts(db: Any) -> None:
    """In a separate process, where the packages can't be imported."""
    done = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "lxml, signxml: installeer klanten-plugin[dataservice]" in done.stdout


def change(source: NhrBron, **fields: Any) -> None:
    assert source.service is not None
    Service.objects.filter(pk=source.service.pk).update(**fields)


@pytest.mark.parametrize(("days", "complains"), [(29, True), (31, False), (-1, True)])
@pytest.mark.parametrize("which", ["client", "server"])
def test_certificates_that_end(
    source: NhrBron, days: int, complains: bool, which: str
) -> None:
    pair = new_pair(timedelta(days=days, hours=1 if days > 0 else 0))
    change(source, **{f"{which}_certificate": stored_pair(*pair)})
    found = warnings()
    assert ("W042" in found) is complains
    if complains:
        assert f"{which}certificaat" in found["W042"]
        assert any("W042" in row["what"] for row in doctor())


def test_a_trusted_certificate_that_ends(
    source: NhrBron, settings: Any, tmp_path: Any
) -> None:
    certificate, _key = new_pair(timedelta(days=3))
    path = tmp_path / "kvk.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    settings.KLANTEN_NHR_DATASERVICE_CERTIFICATES = str(path)
    assert "KLANTEN_NHR_DATASERVICE_CERTIFICATES" in warnings()["W042"]
    path.write_text("rubbish")
    assert set(warnings()) == {"W041"}


def test_no_certificate_to_sign_with(source: NhrBron) -> None:
    public = certificates().authority.read_bytes()
    change(source, client_certificate=store_certificate(public))
    assert "private sleutel" in warnings()["W041"]


def test_from_a_configuration_file(
    dataservice: DataservicePeer, db: Any, tmp_path: Any
) -> None:
    stored_pair(*new_pair()).__class__.objects.update(label="kvk-client")
    path = tmp_path / "setup.yaml"
    path.write_text(
        f"""
klanten_services:
  services:
    - identifier: dataservice
      label: KVK Dataservice
      api_root: {dataservice.root}
      auth_type: no_auth
      client_certificate: kvk-client
klanten_config:
  nhr_vertegenwoordiger: true
  nhr_bronnen:
    - soort: dataservice
      service: dataservice
"""
    )
    call_command("klanten_setup", str(path), stdout=io.StringIO())
    bron = NhrBron.objects.get()
    assert bron.soort == NhrBron.Soort.DATASERVICE
    assert bron.service is not None
    assert bron.service.client_certificate.label == "kvk-client"
    assert KlantenConfig.get_solo().nhr_vertegenwoordiger
    path.write_text(path.read_text().replace("kvk-client", "onbekend"))
    with pytest.raises(CommandError, match="onbekend"):
        call_command("klanten_setup", str(path), stdout=io.StringIO())
