"""Names and addresses of the demo's klanten: Faker's, in the fields of a klant."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, NamedTuple

from faker import Faker

Group = dict[str, Any]
"""Fields of a klant, or a group of them: text and numbers by name."""

# Faker's list has some that aren't a prefix and a name, such as "Waltrade Walderade".
_LAST_NAME = re.compile(
    r"(?P<prefix>(?:van|de|den|der|ter|ten|van 't|van de|van den|van der|van het) )?"
    r"(?P<name>[A-ZÀ-Ý]\w+)"
)
# reserved for examples: never somebody's mailbox or site
_DOMAINS = ("example.com", "example.nl", "example.org")
# Numbers as they stand in examples. The last digits vary.
_TELEPHONES = ("06 1234 {:04}", "061234{:04}", "+31 6 1234 {:04}", "020-5550{:03}")

NEDERLAND = "6030"
"""The Netherlands in the landentabel of the BRP."""

_ABROAD = (
    ("5010", "België", "Mechelsesteenweg 112", "2018 Antwerpen", ""),
    ("6029", "Duitsland", "Hansaring 41", "48155 Münster", "Nordrhein-Westfalen"),
    ("5002", "Frankrijk", "18 rue des Lilas", "69003 Lyon", ""),
    ("6037", "Spanje", "Calle del Mar 25, 3º B", "03710 Calpe", "Alicante"),
    ("7028", "Polen", "ul. Długa 14/6", "31-147 Kraków", ""),
)


class Person(NamedTuple):
    """A person's name, as a klant has it; ``geslacht`` is m, v or, rarely, o."""

    geslacht: str
    voornamen: tuple[str, ...]
    voorvoegsel: str
    achternaam: str


class Address(NamedTuple):
    """One front door."""

    street: str
    number: int
    letter: str
    addition: str
    postcode: str
    town: str

    def __str__(self) -> str:
        """As on an envelope, on one line."""
        number = f"{self.number}{self.letter}"
        if self.addition:
            number += f"-{self.addition}"
        return f"{self.street} {number}, {self.postcode} {self.town}"


def person(fake: Faker) -> Person:
    """Invent a person."""
    random = fake.random
    geslacht = random.choices("mvo", weights=(49, 50, 1))[0]
    given = fake.first_name_male if geslacht == "m" else fake.first_name_female
    count = random.choices((1, 2, 3), weights=(5, 4, 1))[0]
    prefix, name = last_name(fake)
    voornamen = tuple(dict.fromkeys(given() for _ in range(count)))
    return Person(geslacht, voornamen, prefix, name)


def last_name(fake: Faker) -> tuple[str, str]:
    """Invent a last name, as its prefix ("" for none) and the rest."""
    while True:
        if match := _LAST_NAME.fullmatch(fake.last_name()):
            return (match["prefix"] or "").strip(), match["name"]


def name_of(someone: Person) -> Group:
    """Return the names of a klant, or of the contact of a company."""
    return {
        "voornaam": someone.voornamen[0],
        "voorvoegsel_achternaam": someone.voorvoegsel,
        "achternaam": someone.achternaam,
    }


def contact(fake: Faker, name: str) -> Group:
    """Return telephone, e-mail and website for a name; some klanten have no telephone."""
    random = fake.random
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    label = re.sub(r"[^a-z0-9]+", ".", plain.lower()).strip(".")
    domain = random.choice(_DOMAINS)
    telephone = random.choice(_TELEPHONES).format(random.randrange(1000))
    return {
        "telefoonnummer": telephone if random.random() < 0.85 else "",
        "emailadres": f"{label}@{domain}" if random.random() < 0.9 else "",
        "website_url": f"https://www.{domain}/{label}",
    }


def address(fake: Faker) -> Address:
    """Invent an address."""
    random = fake.random
    additions = ("1", "2", "3", "bis", "hs")
    return Address(
        street=fake.street_name(),
        number=random.randint(1, 250),
        letter=random.choice("ABC") if random.random() < 0.1 else "",
        addition=random.choice(additions) if random.random() < 0.1 else "",
        postcode=fake.postcode().replace(" ", ""),
        town=fake.city(),
    )


def adres(home: Address) -> Group:
    """Return it as the contact address of a klant."""
    return {
        "straatnaam": home.street,
        "huisnummer": home.number,
        "huisletter": home.letter,
        "huisnummertoevoeging": home.addition,
        "postcode": home.postcode,
        "woonplaatsnaam": home.town,
        "landcode": NEDERLAND,
    }


def verblijfsadres(fake: Faker, home: Address) -> Group:
    """Return it as the registered address of a subject, identified as in the BAG."""
    return {
        "aoa_identificatie": fake.numerify("0%##200#########"),
        "wpl_woonplaats_naam": home.town,
        "gor_openbare_ruimte_naam": home.street,
        "aoa_postcode": home.postcode,
        "aoa_huisnummer": home.number,
        "aoa_huisletter": home.letter,
        "aoa_huisnummertoevoeging": home.addition,
    }


def sub_verblijf_buitenland(fake: Faker) -> Group:
    """Invent an address in another country."""
    code, land, *lines = fake.random.choice(_ABROAD)
    return {
        "lnd_landcode": code,
        "lnd_landnaam": land,
        **{f"sub_adres_buitenland_{n}": line for n, line in enumerate(lines, 1)},
    }
