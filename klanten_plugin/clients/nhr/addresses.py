"""Choose the address in a profile that can be taken over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy

NEDERLAND = "6030"
"""The Netherlands in the Land/Gebied-tabel of the BRP."""

TYPES = ("bezoekadres", "correspondentieadres")
"""In order of preference."""

LANDCODE = re.compile(r"[0-9]{4}")
"""A code of that table, as used by KVK Dataservice."""

FOREIGN_FIELDS = ("straatHuisnummer", "postcodeWoonplaats", "regio")

SHIELDED = gettext_lazy("Het register schermt het {type} af.")
FOREIGN = gettext_lazy(
    "Het {type} is in het buitenland; het register geeft geen landcode."
)
INCOMPLETE = gettext_lazy("Het {type} is niet volledig.")
SEVERAL = gettext_lazy(
    "Het register heeft meer dan één {type}; het eerste bruikbare geldt."
)
ADDED = gettext_lazy(
    "Het {type} is overgenomen zonder toevoegingAdres: daar is geen veld voor."
)
UNREADABLE = gettext_lazy("Het register gaf adressen die niet te lezen zijn.")


@dataclass
class Choice:
    """The address to take over, and the reasons why others weren't usable."""

    adres: dict[str, Any] | None = None
    shielded: bool = False
    remarks: list[str] = field(default_factory=list)


def choose_adres(adressen: Any) -> Choice:
    """Return the first usable bezoekadres, else the first usable correspondentieadres.

    A shielded address is never taken over.
    """
    choice = Choice()
    if adressen is None:
        return choice
    if not isinstance(adressen, list):
        choice.remarks.append(str(UNREADABLE))
        return choice
    for kind in TYPES:
        of_kind = [
            a for a in adressen if isinstance(a, Mapping) and a.get("type") == kind
        ]
        _look_at(of_kind, kind, choice)
        if choice.adres is not None:
            break
    return choice


def _look_at(adressen: list[Mapping[str, Any]], kind: str, choice: Choice) -> None:
    for adres in adressen:
        if is_shielded(adres):
            choice.shielded = True
            choice.remarks.append(SHIELDED.format(type=kind))
        elif is_foreign(adres) and not LANDCODE.fullmatch(str(adres.get("landcode"))):
            choice.remarks.append(FOREIGN.format(type=kind))
        elif (usable := _usable(adres)) is None:
            choice.remarks.append(INCOMPLETE.format(type=kind))
        else:
            choice.adres = usable
            if adres.get("toevoegingAdres"):
                choice.remarks.append(ADDED.format(type=kind))
            if len(adressen) > 1:
                choice.remarks.append(SEVERAL.format(type=kind))
            return


def _usable(adres: Mapping[str, Any]) -> dict[str, Any] | None:
    return foreign(adres) if is_foreign(adres) else domestic(adres)


def is_shielded(adres: Mapping[str, Any]) -> bool:
    """Whether the address is marked as shielded, in any spelling."""
    marks = (adres.get("indAfgeschermd"), adres.get("indAdresAfgeschermd"))
    return any(
        mark is True or str(mark).strip().lower() in ("ja", "j") for mark in marks
    )


def is_foreign(adres: Mapping[str, Any]) -> bool:
    """Whether the address is abroad. KVK's REST APIs name the country, without a code."""
    land = str(adres.get("land") or "").strip().lower()
    if land and land not in ("nederland", NEDERLAND):
        return True
    return any(adres.get(name) for name in FOREIGN_FIELDS)


def foreign(adres: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return ``Klant.adres`` for a foreign address; ``None`` without a place.

    The register has street and house number as one text, as well as postal code and
    place. They aren't split.
    """
    straat = str(adres.get("straatHuisnummer") or "").strip()
    places = (adres.get("postcodeWoonplaats"), adres.get("regio"))
    plaats = ", ".join(str(part).strip() for part in places if part)
    if not straat or not plaats:
        return None
    return {
        "straatnaam": straat,
        "huisnummer": None,
        "huisletter": "",
        "huisnummertoevoeging": "",
        "postcode": "",
        "woonplaatsnaam": plaats,
        "landcode": str(adres["landcode"]),
    }


def domestic(adres: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the fields of ``Klant.adres``, or ``None`` if it isn't an address.

    A postbus is stored as a street, because there are no separate fields for it.
    """
    straatnaam, huisnummer = adres.get("straatnaam"), adres.get("huisnummer")
    if postbus := adres.get("postbusnummer"):
        straatnaam, huisnummer = "Postbus", postbus
    plaats = adres.get("plaats") or adres.get("woonplaats")
    if not straatnaam or not plaats:
        return None
    toevoeging = adres.get("huisnummerToevoeging") or adres.get("huisnummertoevoeging")
    land = str(adres.get("land") or "").strip()
    return {
        "straatnaam": straatnaam,
        "huisnummer": huisnummer,
        "huisletter": adres.get("huisletter") or "",
        "huisnummertoevoeging": toevoeging or "",
        "postcode": str(adres.get("postcode") or "").replace(" ", ""),
        "woonplaatsnaam": plaats,
        "landcode": NEDERLAND if land else "",
    }
