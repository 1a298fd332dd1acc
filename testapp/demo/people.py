"""Who are the people of the demo, and how are they reached?"""

import re
import unicodedata
from random import Random
from typing import Any, NamedTuple

from faker import Faker

# Faker's list has some that aren't a prefix and a name, such as "Waltrade Walderade".
_LAST_NAME = re.compile(
    r"(?P<prefix>(?:van|de|den|der|ter|ten|van 't|van de|van den|van der|van het) )?"
    r"(?P<name>[A-ZÀ-Ý]\w+)"
)
# reserved for examples: never somebody's mailbox or site
_DOMAINS = ("example.com", "example.nl", "example.org")
# Numbers as they stand in examples. The last digits vary.
_TELEPHONES = ("06 1234 {:04}", "061234{:04}", "+31 6 1234 {:04}", "020-5550{:03}")


class Person(NamedTuple):
    """A person's name, as a klant has it."""

    geslacht: str
    voornamen: tuple[str, ...]
    voorvoegsel: str
    achternaam: str

    @property
    def voorletters(self) -> str:
        """The initials, with dots."""
        return "".join(f"{name[0]}." for name in self.voornamen)


def person(fake: Faker) -> Person:
    """Invent a person: m, v or, now and then, o (unknown)."""
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


def name_of(someone: Person) -> dict[str, Any]:
    """The names of a klant, or of who a company's contact is."""
    return {
        "voornaam": someone.voornamen[0],
        "voorvoegsel_achternaam": someone.voorvoegsel,
        "achternaam": someone.achternaam,
    }


def contact(random: Random, name: str) -> dict[str, Any]:
    """Telephone, e-mail and website for a name; some klanten have no telephone."""
    label = _label(name)
    domain = random.choice(_DOMAINS)
    telephone = random.choice(_TELEPHONES).format(random.randrange(1000))
    return {
        "telefoonnummer": telephone if random.random() < 0.85 else "",
        "emailadres": f"{label}@{domain}" if random.random() < 0.9 else "",
        "website_url": f"https://www.{domain}/{label}",
    }


def geboortedatum(random: Random) -> str:
    """YYYYMMDD; of some people only the year is known, as in the BRP."""
    year = random.randint(1931, 2007)
    if random.random() < 0.01:
        return f"{year}0000"
    return f"{year}{random.randint(1, 12):02}{random.randint(1, 28):02}"


def _label(name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", ".", ascii_name.lower()).strip(".")
