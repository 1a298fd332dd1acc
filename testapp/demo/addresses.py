"""How does an address of the demo look in the groups of a klant?"""

from random import Random
from typing import Any, NamedTuple

from testapp.demo.places import ABROAD, EVERYWHERE, NEDERLAND, PLACES, Place

_POSTCODE_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
# not given out
_BANNED_PAIRS = frozenset({"SA", "SD", "SS"})

Group = dict[str, Any]
"""A group in the values of a klant: text and numbers by name."""


class Address(NamedTuple):
    """One front door."""

    street: str
    number: int
    letter: str
    addition: str
    postcode: str
    place: Place

    def __str__(self) -> str:
        """As on an envelope, on one line."""
        number = f"{self.number}{self.letter}"
        if self.addition:
            number += f"-{self.addition}"
        return f"{self.street} {number}, {self.postcode} {self.place.name}"


def address(random: Random) -> Address:
    """Invent an address in a town that exists."""
    place = random.choice(PLACES)
    letter = random.choice("ABC") if random.random() < 0.1 else ""
    addition = (
        random.choice(("1", "2", "3", "bis", "hs")) if random.random() < 0.1 else ""
    )
    return Address(
        street=random.choice(place.streets + EVERYWHERE),
        number=random.randint(1, 250),
        letter=letter,
        addition=addition,
        postcode=f"{random.randint(*place.postcodes)}{_postcode_letters(random)}",
        place=place,
    )


def adres(home: Address) -> Group:
    """As the contact address of a klant."""
    return {
        "straatnaam": home.street,
        "huisnummer": home.number,
        "huisletter": home.letter,
        "huisnummertoevoeging": home.addition,
        "postcode": home.postcode,
        "woonplaatsnaam": home.place.name,
        "landcode": NEDERLAND,
    }


def verblijfsadres(random: Random, home: Address) -> Group:
    """As the registered address of a subject, with an identification of the BAG."""
    number = random.randrange(10**9)
    return {
        "aoa_identificatie": f"{home.place.gemeentecode}200{number:09}",
        "wpl_woonplaats_naam": home.place.name,
        "gor_openbare_ruimte_naam": home.street,
        "aoa_postcode": home.postcode,
        "aoa_huisnummer": home.number,
        "aoa_huisletter": home.letter,
        "aoa_huisnummertoevoeging": home.addition,
    }


def sub_verblijf_buitenland(random: Random) -> Group:
    """An address in another country."""
    abroad = random.choice(ABROAD)
    return {
        "lnd_landcode": abroad.landcode,
        "lnd_landnaam": abroad.landnaam,
        "sub_adres_buitenland_1": abroad.lines[0],
        "sub_adres_buitenland_2": abroad.lines[1],
        "sub_adres_buitenland_3": abroad.lines[2],
    }


def _postcode_letters(random: Random) -> str:
    while True:
        pair = "".join(random.choices(_POSTCODE_LETTERS, k=2))
        if pair not in _BANNED_PAIRS:
            return pair
