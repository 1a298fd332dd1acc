"""The klanten of the demo are plausible, valid and reproducible."""

import re
from collections import Counter
from itertools import islice

from django.apps import apps
from django.core.management import call_command

import pytest
from vng_api_common.validators import validate_bsn, validate_rsin

from klanten_plugin.models import Klant
from testapp.demo import identifiers
from testapp.demo.klanten import BRONORGANISATIES, klanten

SAMPLE = 1500

# Of the API's document: the values that each field allows.
LENGTHS = {
    "klantnummer": 8,
    "bedrijfsnaam": 200,
    "functie": 200,
    "website_url": 1000,
    "voornaam": 200,
    "voorvoegsel_achternaam": 10,
    "achternaam": 200,
    "telefoonnummer": 20,
    "emailadres": 254,
    "adres.straatnaam": 100,
    "adres.huisletter": 1,
    "adres.huisnummertoevoeging": 4,
    "adres.postcode": 7,
    "adres.woonplaatsnaam": 80,
    "adres.landcode": 4,
    "subject_identificatie.inp_bsn": 9,
    "subject_identificatie.anp_identificatie": 17,
    "subject_identificatie.geslachtsnaam": 200,
    "subject_identificatie.voorvoegsel_geslachtsnaam": 80,
    "subject_identificatie.voorletters": 20,
    "subject_identificatie.voornamen": 200,
    "subject_identificatie.geslachtsaanduiding": 1,
    "subject_identificatie.geboortedatum": 8,
    "subject_identificatie.inn_nnp_id": 9,
    "subject_identificatie.statutaire_naam": 500,
    "subject_identificatie.bezoekadres": 1000,
    "subject_identificatie.vestigings_nummer": 12,
    "subject_identificatie.verblijfsadres.aoa_identificatie": 16,
    "subject_identificatie.verblijfsadres.gor_openbare_ruimte_naam": 80,
    "subject_identificatie.verblijfsadres.aoa_postcode": 7,
    "subject_identificatie.verblijfsadres.aoa_huisletter": 1,
    "subject_identificatie.verblijfsadres.aoa_huisnummertoevoeging": 4,
    "subject_identificatie.sub_verblijf_buitenland.lnd_landcode": 4,
    "subject_identificatie.sub_verblijf_buitenland.lnd_landnaam": 40,
    "subject_identificatie.sub_verblijf_buitenland.sub_adres_buitenland_1": 35,
    "subject_identificatie.sub_verblijf_buitenland.sub_adres_buitenland_2": 35,
    "subject_identificatie.sub_verblijf_buitenland.sub_adres_buitenland_3": 35,
}


@pytest.fixture(scope="module")
def sample():
    return list(klanten(seed=1, count=SAMPLE))


def values_at(sample, path):
    """Return all values of the field with this dotted path."""
    for klant in sample:
        value = klant
        for name in path.split("."):
            value = value.get(name) if value is not None else None
        if value is not None:
            yield value


def test_a_seed_always_gives_the_same_klanten(sample):
    assert list(klanten(seed=1, count=60)) == sample[:60]


def test_another_seed_gives_other_klanten(sample):
    others = list(klanten(seed=2, count=60))

    ours = {klant["klantnummer"] for klant in sample}
    assert not ours & {klant["klantnummer"] for klant in others}
    assert [each["achternaam"] for each in others] != [
        each["achternaam"] for each in islice(sample, 60)
    ]


def test_shares_of_kinds_and_organisations(sample):
    kinds = Counter(klant["subject_type"] for klant in sample)
    organisations = Counter(klant["bronorganisatie"] for klant in sample)

    assert 0.75 < kinds["natuurlijk_persoon"] / SAMPLE < 0.85
    assert 0.10 < kinds["vestiging"] / SAMPLE < 0.20
    assert 0.02 < kinds["niet_natuurlijk_persoon"] / SAMPLE < 0.08
    assert [name for name, _ in organisations.most_common()] == list(BRONORGANISATIES)


@pytest.mark.parametrize(
    ("path", "validate"),
    [
        ("bronorganisatie", validate_rsin),
        ("subject_identificatie.inp_bsn", validate_bsn),
        ("subject_identificatie.inn_nnp_id", validate_rsin),
    ],
)
def test_numbers_pass_the_11_proef_and_are_of_the_test_range(sample, path, validate):
    numbers = list(values_at(sample, path))

    assert numbers
    for number in numbers:
        validate(number)
        assert len(number) == 9
        assert number.startswith("9")


@pytest.mark.parametrize(
    "path",
    [
        "klantnummer",
        "subject_identificatie.inp_bsn",
        "subject_identificatie.inn_nnp_id",
        "subject_identificatie.vestigings_nummer",
        "subject_identificatie.anp_identificatie",
    ],
)
def test_numbers_are_given_once(sample, path):
    numbers = list(values_at(sample, path))

    assert len(numbers) == len(set(numbers)) > 0


def test_a_bsn_is_never_an_rsin():
    indexes = range(20_000)

    assert not {identifiers.bsn(1, index) for index in indexes} & {
        identifiers.rsin(1, index) for index in indexes
    }


@pytest.mark.parametrize(
    ("seed", "index"), [(identifiers.SEEDS, 0), (0, 36**5), (-1, 0), (0, -1)]
)
def test_a_klantnummer_too_long_is_refused(seed, index):
    with pytest.raises(ValueError, match="too large"):
        identifiers.klantnummer(seed, index)


@pytest.mark.parametrize(("path", "limit"), LENGTHS.items())
def test_values_fit_and_every_field_is_used(sample, path, limit):
    values = list(values_at(sample, path))

    assert any(values)
    assert max(len(value) for value in values) <= limit


def test_addresses_have_a_postcode_as_the_standard_writes_it(sample):
    postcodes = list(values_at(sample, "adres.postcode"))

    assert postcodes
    assert all(re.fullmatch(r"[1-9][0-9]{3}[A-Z]{2}", each) for each in postcodes)


def test_names_agree_with_each_other(sample):
    people = [each for each in sample if each["subject_type"] == "natuurlijk_persoon"]

    for klant in people:
        subject = klant["subject_identificatie"]
        names = subject["voornamen"].split()
        assert klant["voornaam"] == names[0]
        assert subject["voorletters"] == "".join(f"{name[0]}." for name in names)
        assert klant["achternaam"] == subject["geslachtsnaam"]


def test_nobody_gets_mail_from_the_demo(sample):
    domains = {
        address.rpartition("@")[2] for address in values_at(sample, "emailadres")
    }

    assert domains - {""} == {"example.com", "example.nl", "example.org"}


@pytest.mark.django_db
@pytest.mark.skipif(
    not apps.is_installed("testapp"), reason="the commands are the full host's"
)
class TestCommand:
    def test_adds_the_klanten_once(self):
        call_command("klanten_demo", count=130, seed=3, verbosity=0)
        first = list(Klant.objects.order_by("pk").values())

        call_command("klanten_demo", count=130, seed=3, verbosity=0)

        assert len(first) == 130
        assert list(Klant.objects.order_by("pk").values()) == first

    def test_adds_only_what_is_missing(self, capsys):
        call_command("klanten_demo", count=5, seed=3)
        kept = Klant.objects.order_by("pk").first()
        Klant.objects.exclude(pk=kept.pk).first().delete()

        call_command("klanten_demo", count=7, seed=3)

        assert Klant.objects.count() == 7
        assert "3 added, 4 were there already" in capsys.readouterr().out

    def test_saves_what_was_invented(self):
        wanted = next(
            each
            for each in klanten(seed=3, count=50)
            if each["subject_type"] == "vestiging" and "adres" in each
        )

        call_command("klanten_demo", count=50, seed=3, verbosity=0)

        klant = Klant.objects.get(klantnummer=wanted["klantnummer"])
        assert klant.bedrijfsnaam == wanted["bedrijfsnaam"]
        assert klant.adres.postcode == wanted["adres"]["postcode"]
