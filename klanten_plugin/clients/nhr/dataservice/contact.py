"""Read telephone numbers, e-mail addresses, websites and addresses of an element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy

from lxml.etree import _Element as Element

from ..addresses import Choice, choose_adres
from ..profiles import first_website
from .elements import code_at, every, one, text_at

FAX = "F"
NOT_ALLOWED = "nietGeautoriseerd"

KEEPS_ZERO = ("+39", "+378", "+379")
"""Country codes after which the zero of the area code is kept."""

NO_EMAIL = gettext_lazy("Het register heeft een e-mailadres dat niet geldig is.")
SEVERAL = gettext_lazy(
    "Het register heeft er meer dan één; het eerste bruikbare geldt."
)
UNAUTHORISED = gettext_lazy("Deze aansluiting mag dit gegeven niet zien.")
WITH_DESIGNATION = gettext_lazy(
    "Het {type} heeft een aanduiding bij het huisnummer, die niet in een klant past."
)

LOCATIONS = {"bezoekLocatie": "bezoekadres", "postLocatie": "correspondentieadres"}

Remark = tuple[str, str]


def read_communication(
    communicatie: Element | None,
) -> tuple[dict[str, str], list[Remark]]:
    """Return the values of ``communicatiegegevens``, and remarks on missing ones."""
    numbers = list(_telephone_numbers(communicatie))
    emails = [(one.text or "").strip() for one in every(communicatie, "emailAdres")]
    usable = [email for email in emails if _is_email(email)]
    websites = [(one.text or "").strip() for one in every(communicatie, "domeinNaam")]
    found = {
        "telefoonnummer": next(iter(numbers), ""),
        "emailadres": next(iter(usable), ""),
        "website_url": first_website(websites),
    }
    remarks = []
    if len(usable) < len(emails):
        remarks.append(("emailadres", str(NO_EMAIL)))
    for name, values in (("telefoonnummer", numbers), ("emailadres", usable)):
        if len(values) > 1:
            remarks.append((name, str(SEVERAL)))
    if _is_unauthorised(communicatie):
        remarks += [
            (name, str(UNAUTHORISED)) for name in ("telefoonnummer", "emailadres")
        ]
    return found, remarks


def _telephone_numbers(communicatie: Element | None) -> Iterator[str]:
    for number in every(communicatie, "communicatienummer"):
        if code_at(number, "soort") != FAX and (dialled := dial(number)):
            yield dialled


def dial(number: Element) -> str:
    """Return a telephone number in international format: ``+31302142081``.

    The register stores the country code separately from a number that begins with the
    zero of its area code. Without a country code the number is returned unchanged.
    """
    access, digits = text_at(number, "toegangscode"), text_at(number, "nummer")
    if access.startswith("00"):
        access = f"+{access[2:]}"
    if not digits or digits.startswith("+") or not access:
        return digits
    if not access.startswith("+"):
        access = f"+{access}"
    if access not in KEEPS_ZERO:
        digits = digits.removeprefix("0")
    return f"{access}{digits}"


def _is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def _is_unauthorised(communicatie: Element | None) -> bool:
    registratie = one(communicatie, "registratie")
    if registratie is None:
        return False
    return bool(registratie.get("registratieTijdstipNoValue") == NOT_ALLOWED)


def read_adres(holder: Element | None) -> Choice:
    """Choose from the locations of a vestiging, a company or a legal person."""
    adressen, remarks = [], []
    for name, kind in LOCATIONS.items():
        locatie = one(holder, name)
        if locatie is None:
            continue
        if one(locatie, "adres/binnenlandsAdres/aanduidingBijHuisnummer") is not None:
            remarks.append(WITH_DESIGNATION.format(type=kind))
        else:
            adressen.append({"type": kind, **_fields(locatie)})
    choice = choose_adres(adressen)
    choice.remarks[:0] = remarks
    return choice


def has_locations(holder: Element | None) -> bool:
    """Whether there is any location, including shielded ones."""
    return any(one(holder, name) is not None for name in LOCATIONS)


def _fields(locatie: Element) -> dict[str, Any]:
    """Return a location with the keys of KVK's REST APIs."""
    beside = {
        "indAfgeschermd": code_at(locatie, "afgeschermd"),
        "toevoegingAdres": text_at(locatie, "toevoegingAdres"),
    }
    abroad = one(locatie, "adres/buitenlandsAdres")
    if abroad is not None:
        return {**beside, **_foreign(abroad)}
    return {**beside, **_domestic(one(locatie, "adres/binnenlandsAdres"))}


def _domestic(adres: Element | None) -> dict[str, Any]:
    names = ("straatnaam", "huisletter", "huisnummerToevoeging", "plaats")
    postcode = (
        text_at(adres, f"postcode/{name}")
        for name in ("cijfercombinatie", "lettercombinatie")
    )
    return {
        **{name: text_at(adres, name) for name in names},
        "huisnummer": _number(text_at(adres, "huisnummer")),
        "postbusnummer": _number(text_at(adres, "postbusnummer")),
        "postcode": "".join(postcode).upper(),
        "land": "Nederland",
    }


def _foreign(adres: Element) -> dict[str, Any]:
    names = ("straatHuisnummer", "postcodeWoonplaats", "regio")
    return {
        **{name: text_at(adres, name) for name in names},
        "land": text_at(adres, "land/omschrijving"),
        "landcode": code_at(adres, "land"),
    }


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() else None
