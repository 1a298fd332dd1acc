"""Which klanten does the demo have?"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from faker import Faker

from testapp.demo import addresses, companies, identifiers, people

Values = dict[str, Any]
"""What `create_klant` takes: text, numbers and groups by name."""

BRONORGANISATIES = ("991234509", "992345601", "993456704")
"""RSINs of the organisations that know the klanten; the first knows most."""

_ABROAD = 0.04
_WITHOUT_ADRES = 0.12


class Row(NamedTuple):
    """One klant to be invented: its place in the series, and the source of chance."""

    seed: int
    index: int
    fake: Faker


def klanten(seed: int, count: int) -> Iterator[Values]:
    """
    Invent klanten, the same for a seed as long as Faker's lists of names are.

    Each depends on seed and index alone, so a longer series starts with the shorter
    one; the numbers never change. About 80 % are natural persons,
    15 % vestigingen and 5 % legal persons.
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
    someone = people.person(row.fake)
    groups, registered = _home(row, addresses.address(random))
    return {
        **people.name_of(someone),
        **people.contact(random, f"{someone.voornamen[0]} {someone.achternaam}"),
        **groups,
        "subject_identificatie": {
            **_person_numbers(row, abroad="sub_verblijf_buitenland" in registered),
            "geslachtsnaam": someone.achternaam,
            "voorvoegsel_geslachtsnaam": someone.voorvoegsel,
            "voorletters": someone.voorletters,
            "voornamen": " ".join(someone.voornamen),
            "geslachtsaanduiding": someone.geslacht,
            "geboortedatum": people.geboortedatum(random),
            **registered,
        },
    }


def _vestiging(row: Row) -> Values:
    random = row.fake.random
    names = [companies.handelsnaam(row.fake)]
    if random.random() < 0.15:
        names.append(companies.handelsnaam(row.fake))
    groups, registered = _home(row, addresses.address(random))
    return {
        **_company(row, names[0], companies.FUNCTIONS_IN_A_SHOP),
        **groups,
        "subject_identificatie": {
            "vestigings_nummer": identifiers.vestigingsnummer(row.seed, row.index),
            "handelsnaam": names,
            **registered,
        },
    }


def _niet_natuurlijk_persoon(row: Row) -> Values:
    random = row.fake.random
    rechtsvorm = random.choice(list(companies.STATUTAIRE_NAMEN))
    home = addresses.address(random)
    name = companies.statutaire_naam(row.fake, rechtsvorm, home.street, home.place.name)
    groups: Values = {"adres": addresses.adres(home)}
    registered: Values = {"bezoekadres": str(home)}
    if rechtsvorm == companies.FOREIGN:
        abroad = addresses.sub_verblijf_buitenland(random)
        groups, registered = {}, {"sub_verblijf_buitenland": abroad}
    return {
        **_company(row, name, companies.FUNCTIONS_ON_A_BOARD),
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
    """A company's name, and who answers the telephone there."""
    return {
        "bedrijfsnaam": name,
        "functie": row.fake.random.choice(functions),
        **people.name_of(people.person(row.fake)),
        **people.contact(row.fake.random, name),
    }


def _home(row: Row, home: addresses.Address) -> tuple[Values, Values]:
    """The groups with the address: of the klant, and of the subject."""
    random = row.fake.random
    if random.random() < _ABROAD:
        return {}, {
            "sub_verblijf_buitenland": addresses.sub_verblijf_buitenland(random)
        }
    registered = {"verblijfsadres": addresses.verblijfsadres(random, home)}
    if random.random() < _WITHOUT_ADRES:
        return {}, registered
    return {"adres": addresses.adres(home)}, registered


def _person_numbers(row: Row, *, abroad: bool) -> Values:
    """A BSN; of half of those who live abroad only another number is known."""
    if abroad and row.fake.random.random() < 0.5:
        return {"anp_identificatie": f"{row.seed:04}{row.index:08}"}
    return {"inp_bsn": identifiers.bsn(row.seed, row.index)}
