"""KVK Dataservice's XML for the companies in the stand-in's register.

Names and addresses are those of the recorded profiles. The data that only Dataservice
has is in ``files/nhr/dataservice-*.json``: communication details of a vestiging, and
the owner and functionarissen of a registration.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from testapp.peers.nhr_register import Fout, Register
from testapp.peers.tokens import Body

SERVICE = "http://schemas.kvk.nl/schemas/hrip/dataservice/2015/02"
CATALOGUE = "http://schemas.kvk.nl/schemas/hrip/catalogus/2015/02"

OPERATIONS = {
    "ophalenVestiging": ("vestigingsnummer", "kvkNummer", "rsin"),
    "ophalenInschrijving": ("kvkNummer", "rsin"),
}
"""Supported requests, with the numbers that they accept."""

YES_OR_NO = {"J": "Ja", "N": "Nee"}
COMMUNICATION = {"T": "Telefoon", "F": "Fax"}
LOCATIONS = {"bezoekadres": "bezoekLocatie", "correspondentieadres": "postLocatie"}
POSTCODE = re.compile(r"([0-9]{4})\s*([A-Z]{2})")
DOMESTIC = ("straatnaam", "huisnummer", "huisnummerToevoeging", "huisletter")
FOREIGN = ("straatHuisnummer", "postcodeWoonplaats", "regio")


def answer(register: Register, question: Element) -> Element:
    """Return the response to the element in a body."""
    name = etree.QName(question).localname.removesuffix("Request")
    response = etree.Element(
        f"{{{SERVICE}}}{name}Response", nsmap={None: SERVICE, "cat": CATALOGUE}
    )
    response.set("peilmoment", "20261126000000000")
    reports = etree.SubElement(response, f"{{{SERVICE}}}meldingen")
    try:
        product = _product(register, name, question)
    except Fout as error:
        _report(reports, "fout", error.code, error.text)
    else:
        _report(reports, "informatie", "IPD0000", "Het product is geproduceerd")
        holder = etree.SubElement(response, f"{{{SERVICE}}}product")
        for element, content in product.items():
            _add(holder, element, content)
    return response


def _report(reports: Element, kind: str, code: str, text: str) -> None:
    report = etree.SubElement(reports, f"{{{SERVICE}}}{kind}")
    etree.SubElement(report, f"{{{SERVICE}}}code").text = code
    etree.SubElement(report, f"{{{SERVICE}}}omschrijving").text = text


def _add(holder: Element, name: str, content: Any) -> None:
    """Add an element: children for a mapping, repeated for a list, none for None."""
    if content is None:
        return
    if isinstance(content, list):
        for each in content:
            _add(holder, name, each)
        return
    element = etree.SubElement(holder, f"{{{CATALOGUE}}}{name}")
    if not isinstance(content, dict):
        element.text = str(content)
        return
    for inner, value in content.items():
        _add(element, inner, value)


def _product(register: Register, name: str, question: Element) -> Body:
    numbers = {
        by: question.findtext(f"{{{SERVICE}}}{by}") for by in OPERATIONS.get(name, ())
    }
    by, nummer = next(((by, found) for by, found in numbers.items() if found), ("", ""))
    if name == "ophalenVestiging" and by == "vestigingsnummer":
        return _vestiging(register, nummer)
    if name == "ophalenInschrijving" and by == "rsin":
        nummer = str(register.zoeken(nummer)["resultaten"][0]["kvkNummer"])
    if name == "ophalenInschrijving":
        return _inschrijving(register, nummer)
    raise Fout("IPD1998", nummer)


def _vestiging(register: Register, nummer: str) -> Body:
    profile = register.vestigingsprofiel(nummer)
    commercial = profile.get("indCommercieleVestiging", "Ja") == "Ja"
    inside: Body = {"maatschappelijkeActiviteit": _activity(profile)}
    path = ("isEenUitoefeningVan", "onderneming", "isEenManifestatieVan")
    for step in reversed(path if commercial else path[:1]):
        inside = {step: inside}
    websites = profile.get("websites", [])
    vestiging = {
        "registratie": _dates(profile),
        "vestigingsnummer": nummer,
        **_locations(profile.get("adressen", [])),
        "communicatiegegevens": _communication(register.more(nummer), websites),
        "eersteHandelsnaam": profile["eersteHandelsnaam"],
        **inside,
    }
    kind = "commercieleVestiging" if commercial else "nietCommercieleVestiging"
    return {kind: vestiging}


def _inschrijving(register: Register, nummer: str) -> Body:
    profile = register.basisprofiel(nummer)
    embedded = profile["_embedded"]
    hoofdvestiging = embedded.get("hoofdvestiging", {})
    eigenaar = embedded.get("eigenaar", {})
    holder = hoofdvestiging or eigenaar
    more = register.more(hoofdvestiging.get("vestigingsnummer", ""))
    activity = {
        "registratie": _dates(profile),
        **_activity({**profile, "kvkNummer": nummer}),
        **_locations(holder.get("adressen", [])),
        "communicatiegegevens": _communication(more, holder.get("websites", [])),
        "naam": profile["naam"],
        "heeftAlsEigenaar": _owner(eigenaar, register.more(nummer)),
    }
    return {"maatschappelijkeActiviteit": activity}


def _activity(profile: Body) -> Body:
    mailing = _choice(profile.get("indNonMailing"))
    return {"kvkNummer": profile["kvkNummer"], "nonMailing": mailing}


def _dates(profile: Body) -> Body:
    dates = profile.get("materieleRegistratie", {})
    return {name: dates.get(name) for name in ("datumAanvang", "datumEinde")}


def _owner(eigenaar: Body, more: Body) -> Body:
    if person := more.get("eigenaar"):
        return {"natuurlijkPersoon": person}
    functies = [
        {each["soort"]: each["gegevens"]} for each in more.get("functionarissen", [])
    ]
    names = ("rsin", "datumUitschrijving")
    return {
        "rechtspersoon": {
            "heeft": functies,
            **{name: eigenaar.get(name) for name in names},
        }
    }


def _locations(adressen: list[Body]) -> Body:
    return {
        LOCATIONS[adres["type"]]: {
            "afgeschermd": _choice(adres.get("indAfgeschermd")),
            "adres": _foreign(adres)
            if adres.get("straatHuisnummer")
            else _domestic(adres),
        }
        for adres in adressen
    }


def _domestic(adres: Body) -> Body:
    match = POSTCODE.fullmatch(adres.get("postcode", ""))
    names = ("cijfercombinatie", "lettercombinatie")
    inside = {
        **{name: adres.get(name) or None for name in (*DOMESTIC, "postbusnummer")},
        "postcode": dict(zip(names, match.groups(), strict=True)) if match else None,
        "plaats": adres["plaats"],
    }
    return {"binnenlandsAdres": inside}


def _foreign(adres: Body) -> Body:
    land = {"code": adres.get("landcode", ""), "omschrijving": adres["land"]}
    names = {name: adres.get(name) or None for name in FOREIGN}
    return {"buitenlandsAdres": {**names, "land": land}}


def _communication(more: Body, websites: list[str]) -> Body:
    numbers = [
        {
            "toegangscode": each["toegangscode"],
            "nummer": each["nummer"],
            "soort": {
                "code": each["soort"],
                "omschrijving": COMMUNICATION[each["soort"]],
            },
        }
        for each in more.get("communicatienummers", [])
    ]
    emails = more.get("emailadressen", [])
    return {"communicatienummer": numbers, "emailAdres": emails, "domeinNaam": websites}


def _choice(value: Any) -> Body:
    code = "J" if str(value).lower() == "ja" else "N"
    return {"code": code, "omschrijving": YES_OR_NO[code]}
