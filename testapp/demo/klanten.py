"""Fictitious klanten for the demo, reproducible for a seed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from faker import Faker

from testapp.demo import identifiers, names

Values = dict[str, Any]
"""The arguments of `create_klant`: text, numbers and groups by name."""

BRONORGANISATIES = ("991234509", "992345601", "993456704")
"""RSINs of the organisations that registered the klanten, most of them the first."""

_TRADES = ("Aannemersbedrijf", "Apotheek", "Bakkerij", "Boekhandel", "Eetcafé")
_TRADES += ("Fietsenmaker", "Garage", "Kapsalon", "Loonbedrijf", "Slagerij")
_IN_A_SHOP = ("Eigenaar", "Bedrijfsleider", "Administrateur", "Medewerker")
_ON_A_BOARD = ("Directeur", "Voorzitter", "Secretaris", "Penningmeester")

_FOREIGN = "overige_buitenlandse_rechtspersoon_vennootschap"
"""The only type of legal person here with an address abroad."""

_STATUTAIRE_NAMEN: Mapping[str, tuple[str, ...]] = {
    "besloten_vennootschap": ("{trade} {last} B.V.", "{last} Beheer B.V."),
    "stichting": ("Stichting Welzijn {town}", "Stichting Wijkcentrum {street}"),
    "vereniging": ("Tennisvereniging {town}", "Buurtvereniging {street}"),
    "vereniging_van_eigenaars": ("Vereniging van Eigenaars {street} te {town}",),
    "vennootschap_onder_firma": ("{trade} {last} V.O.F.", "Gebroeders {last} V.O.F."),
    "maatschap": ("Maatschap {last} Notarissen",),
    _FOREIGN: ("{last} International",),
}
"""Name patterns of legal persons, by rechtsvorm."""

_ABROAD = 0.04
_WITHOUT_ADRES = 0.12


class Row(NamedTuple):
    """A klant to generate: its index in the series, and the random generator."""

    seed: int
    index: int
    fake: Faker


def klanten(seed: int, count: int) -> Iterator[Values]:
    """Generate klanten, reproducible for a seed and a version of Faker.

    Each depends only on seed and index, so a longer series starts with the shorter one.
    The numbers never change. About 80 % are natural persons, 15 % vestigingen and 5 %
    legal persons.
    """
    fake = Faker("nl_NL")
    for index in range(count):
        fake.seed_instance(f"{seed}:{index}")
        make, kind = fake.random.choices(_MAKERS, weights=(80, 15, 5))[0]
        organisation = fake.random.choices(BRONORGANISATIES, weights=(80, 15, 5))[0]
        yield {
            "bronorganisatie": organisation,
            "klantnummer": identifiers.klantnummer(seed, index),
            "subject_type": kind,
            **make(Row(seed, index, fake)),
        }


def _natuurlijk_persoon(row: Row) -> Values:
    random = row.fake.random
    someone = names.person(row.fake)
    groups, registered = _home(row, names.address(row.fake))
    year = random.randint(1931, 2007)
    birthday = f"{random.randint(1, 12):02}{random.randint(1, 28):02}"
    return {
        **names.name_of(someone),
        **names.contact(row.fake, f"{someone.voornamen[0]} {someone.achternaam}"),
        **groups,
        "subject_identificatie": {
            **_person_numbers(row, abroad="sub_verblijf_buitenland" in registered),
            "geslachtsnaam": someone.achternaam,
            "voorvoegsel_geslachtsnaam": someone.voorvoegsel,
            "voorletters": "".join(f"{name[0]}." for name in someone.voornamen),
            "voornamen": " ".join(someone.voornamen),
            "geslachtsaanduiding": someone.geslacht,
            # of some people only the year is known, as in the BRP
            "geboortedatum": f"{year}{birthday if random.random() < 0.99 else '0000'}",
            **registered,
        },
    }


def _vestiging(row: Row) -> Values:
    trade, other = row.fake.random.sample(_TRADES, k=2)
    name = f"{trade} {_last_name(row)}"
    also = [f"{other} {_last_name(row)}"] if row.fake.random.random() < 0.15 else []
    groups, registered = _home(row, names.address(row.fake))
    return {
        **_company(row, name, _IN_A_SHOP),
        **groups,
        "subject_identificatie": {
            "vestigings_nummer": identifiers.vestigingsnummer(row.seed, row.index),
            "handelsnaam": [name, *also],
            **registered,
        },
    }


def _niet_natuurlijk_persoon(row: Row) -> Values:
    random = row.fake.random
    rechtsvorm = random.choice(list(_STATUTAIRE_NAMEN))
    home = names.address(row.fake)
    name = random.choice(_STATUTAIRE_NAMEN[rechtsvorm]).format(
        trade=random.choice(_TRADES),
        last=_last_name(row),
        street=home.street,
        town=home.town,
    )
    groups: Values = {"adres": names.adres(home)}
    registered: Values = {"bezoekadres": str(home)}
    if rechtsvorm == _FOREIGN:
        abroad = names.sub_verblijf_buitenland(row.fake)
        groups, registered = {}, {"sub_verblijf_buitenland": abroad}
    return {
        **_company(row, name, _ON_A_BOARD),
        **groups,
        "subject_identificatie": {
            "inn_nnp_id": identifiers.rsin(row.seed, row.index),
            "statutaire_naam": name,
            "inn_rechtsvorm": rechtsvorm,
            **registered,
        },
    }


_MAKERS: tuple[tuple[Callable[[Row], Values], str], ...] = (
    (_natuurlijk_persoon, "natuurlijk_persoon"),
    (_vestiging, "vestiging"),
    (_niet_natuurlijk_persoon, "niet_natuurlijk_persoon"),
)


def _company(row: Row, name: str, functions: Sequence[str]) -> Values:
    """Return a company's name, and its contact."""
    return {
        "bedrijfsnaam": name,
        "functie": row.fake.random.choice(functions),
        **names.name_of(names.person(row.fake)),
        **names.contact(row.fake, name),
    }


def _last_name(row: Row) -> str:
    """Generate a last name without first name: its prefix is capitalised."""
    name = " ".join(filter(None, names.last_name(row.fake)))
    return name[0].upper() + name[1:]


def _home(row: Row, home: names.Address) -> tuple[Values, Values]:
    """Return the groups with the address: of the klant, and of the subject."""
    random = row.fake.random
    if random.random() < _ABROAD:
        abroad = names.sub_verblijf_buitenland(row.fake)
        return {}, {"sub_verblijf_buitenland": abroad}
    registered = {"verblijfsadres": names.verblijfsadres(row.fake, home)}
    if random.random() < _WITHOUT_ADRES:
        return {}, registered
    return {"adres": names.adres(home)}, registered


def _person_numbers(row: Row, *, abroad: bool) -> Values:
    """Return a BSN, or only another number for half of the people who live abroad."""
    if abroad and row.fake.random.random() < 0.5:
        return {"anp_identificatie": f"{row.seed:04}{row.index:08}"}
    return {"inp_bsn": identifiers.bsn(row.seed, row.index)}
