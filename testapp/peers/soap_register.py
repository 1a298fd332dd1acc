"""What KVK Dataservice has of the peer's register: the same companies, as its XML.

Names and addresses are those of the recorded profiles. What only Dataservice has is in
``files/nhr/dataservice-*.json``: communication of a vestiging, and the owner and
functionarissen of a registration.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from testapp.peers.nhr_register import DESCRIPTIONS, Register

SERVICE = "http://schemas.kvk.nl/schemas/hrip/dataservice/2015/02"
CATALOGUE = "http://schemas.kvk.nl/schemas/hrip/catalogus/2015/02"

OPERATIONS = {
    "ophalenVestiging": ("vestigingsnummer", "kvkNummer", "rsin"),
    "ophalenInschrijving": ("kvkNummer", "rsin"),
}
"""What may be asked for, and by which numbers."""

YES_OR_NO = {"J": "Ja", "N": "Nee"}
LOCATIONS = {"bezoekadres": "bezoekLocatie", "correspondentieadres": "postLocatie"}
POSTCODE = re.compile(r"([0-9]{4})\s*([A-Z]{2})")

Body = dict[str, Any]


class NotDelivered(Exception):
    """A fault in ``meldingen``: its code, and the number that it is about."""

    def __init__(self, code: str, about: str) -> None:
        super().__init__(code)
        self.code, self.about = code, about


def answer(register: Register, question: Element) -> Element:
    """Return the response to the element in a body."""
    name = etree.QName(question).localname.removesuffix("Request")
    response = etree.Element(
        f"{{{SERVICE}}}{name}Response", nsmap={None: SERVICE, "cat": CATALOGUE}
    )
    response.set("peilmoment", "20261126000000000")
    reports = etree.SubElement(response, f"{{{SERVICE}}}meldingen")
    by, nummer = _number(question, name)
    try:
        product = _product(register, name, by, nummer)
    except NotDelivered as error:
        _report(reports, "fout", error.code, error.about)
    else:
        _report(reports, "informatie", "IPD0000", "")
        etree.SubElement(response, f"{{{SERVICE}}}product").append(product)
    return response


def _number(question: Element, name: str) -> tuple[str, str]:
    for by in OPERATIONS.get(name, ()):
        nummer = question.findtext(f"{{{SERVICE}}}{by}")
        if nummer is not None:
            return by, nummer
    return "", ""


def _report(reports: Element, kind: str, code: str, about: str) -> None:
    report = etree.SubElement(reports, f"{{{SERVICE}}}{kind}")
    text = DESCRIPTIONS.get(code, "Het product is succesvol geproduceerd").format(about)
    etree.SubElement(report, f"{{{SERVICE}}}code").text = code
    etree.SubElement(report, f"{{{SERVICE}}}omschrijving").text = text


def _product(register: Register, name: str, by: str, nummer: str) -> Element:
    if name == "ophalenVestiging" and by == "vestigingsnummer":
        return _vestiging(register, nummer)
    if name == "ophalenInschrijving" and by == "rsin":
        nummer = _kvk_nummer(register, nummer)
    if name == "ophalenInschrijving":
        return _inschrijving(register, nummer)
    raise NotDelivered("IPD1998", nummer)


def _profile(register: Register, path: str, nummer: str) -> Body:
    status, body = register.answer(f"/api/{path}/{nummer}", {})
    if status != 200:
        raise NotDelivered(body["fout"][0]["code"], nummer)
    found: Body = body
    return found


def _kvk_nummer(register: Register, rsin: str) -> str:
    status, body = register.answer("/api/v2/zoeken", {"rsin": rsin})
    if status != 200:
        raise NotDelivered("IPD5200", rsin)
    return str(body["resultaten"][0]["kvkNummer"])


def _vestiging(register: Register, nummer: str) -> Element:
    profile = _profile(register, "v1/vestigingsprofielen", nummer)
    commercial = profile.get("indCommercieleVestiging", "Ja") == "Ja"
    kind = "commercieleVestiging" if commercial else "nietCommercieleVestiging"
    vestiging = etree.Element(_cat(kind), nsmap={"cat": CATALOGUE})
    _fill_vestiging(vestiging, profile, register.more(nummer))
    inside = vestiging
    path = ("isEenUitoefeningVan", "onderneming", "isEenManifestatieVan")
    for step in path if commercial else path[:1]:
        inside = _add(inside, step)
    activity = _add(inside, "maatschappelijkeActiviteit")
    _add(activity, "kvkNummer", profile["kvkNummer"])
    _add_choice(activity, "nonMailing", _mark(profile.get("indNonMailing")))
    return vestiging


def _fill_vestiging(vestiging: Element, profile: Body, more: Body) -> None:
    dates = profile.get("materieleRegistratie", {})
    registration = _add(vestiging, "registratie")
    for name in ("datumAanvang", "datumEinde"):
        if name in dates:
            _add(registration, name, dates[name])
    _add(vestiging, "vestigingsnummer", profile["vestigingsnummer"])
    _add_locations(vestiging, profile.get("adressen", []))
    _add_communication(vestiging, more, profile.get("websites", []))
    _add(vestiging, "eersteHandelsnaam", profile["eersteHandelsnaam"])


def _inschrijving(register: Register, nummer: str) -> Element:
    profile = _profile(register, "v1/basisprofielen", nummer)
    embedded = profile["_embedded"]
    hoofdvestiging = embedded.get("hoofdvestiging", {})
    eigenaar = embedded.get("eigenaar", {})
    activity = etree.Element(
        _cat("maatschappelijkeActiviteit"), nsmap={"cat": CATALOGUE}
    )
    dates = profile.get("materieleRegistratie", {})
    registration = _add(activity, "registratie")
    for name in ("datumAanvang", "datumEinde"):
        if name in dates:
            _add(registration, name, dates[name])
    _add(activity, "kvkNummer", nummer)
    _add_choice(activity, "nonMailing", _mark(profile.get("indNonMailing")))
    holder = hoofdvestiging or eigenaar
    _add_locations(activity, holder.get("adressen", []))
    vestigingsnummer = hoofdvestiging.get("vestigingsnummer", "")
    _add_communication(
        activity, register.more(vestigingsnummer), holder.get("websites", [])
    )
    _add(activity, "naam", profile["naam"])
    _add_owner(_add(activity, "heeftAlsEigenaar"), eigenaar, register.more(nummer))
    return activity


def _add_owner(relation: Element, eigenaar: Body, more: Body) -> None:
    if person := more.get("eigenaar"):
        _add_tree(relation, "natuurlijkPersoon", person)
        return
    owner = _add(relation, "rechtspersoon")
    for functie in more.get("functionarissen", []):
        _add_tree(_add(owner, "heeft"), functie["soort"], functie["gegevens"])
    if "rsin" in eigenaar:
        _add(owner, "rsin", eigenaar["rsin"])
    if "datumUitschrijving" in eigenaar:
        _add(owner, "datumUitschrijving", eigenaar["datumUitschrijving"])


def _add_locations(holder: Element, adressen: list[Body]) -> None:
    for adres in adressen:
        locatie = _add(holder, LOCATIONS[adres["type"]])
        _add_choice(locatie, "afgeschermd", _mark(adres.get("indAfgeschermd")))
        if adres.get("straatHuisnummer"):
            _add_foreign(_add(locatie, "adres"), adres)
        else:
            _add_domestic(_add(locatie, "adres"), adres)


def _add_domestic(holder: Element, adres: Body) -> None:
    inside = _add(holder, "binnenlandsAdres")
    for name in (
        "straatnaam",
        "huisnummer",
        "huisnummerToevoeging",
        "huisletter",
        "postbusnummer",
    ):
        if adres.get(name):
            _add(inside, name, adres[name])
    if match := POSTCODE.fullmatch(adres.get("postcode", "")):
        postcode = _add(inside, "postcode")
        _add(postcode, "cijfercombinatie", match[1])
        _add(postcode, "lettercombinatie", match[2])
    _add(inside, "plaats", adres["plaats"])


def _add_foreign(holder: Element, adres: Body) -> None:
    inside = _add(holder, "buitenlandsAdres")
    for name in ("straatHuisnummer", "postcodeWoonplaats", "regio"):
        if adres.get(name):
            _add(inside, name, adres[name])
    land = _add(inside, "land")
    _add(land, "code", adres.get("landcode", ""))
    _add(land, "omschrijving", adres["land"])


def _add_communication(holder: Element, more: Body, websites: list[str]) -> None:
    communication = _add(holder, "communicatiegegevens")
    for number in more.get("communicatienummers", []):
        inside = _add(communication, "communicatienummer")
        _add(inside, "toegangscode", number["toegangscode"])
        _add(inside, "nummer", number["nummer"])
        kind = _add(inside, "soort")
        _add(kind, "code", number["soort"])
        _add(kind, "omschrijving", {"T": "Telefoon", "F": "Fax"}[number["soort"]])
    for email in more.get("emailadressen", []):
        _add(communication, "emailAdres", email)
    for website in websites:
        _add(communication, "domeinNaam", website)


def _add_tree(holder: Element, name: str, content: Any) -> None:
    """Add an element with what a mapping says is inside it."""
    if not isinstance(content, dict):
        _add(holder, name, content)
        return
    element = _add(holder, name)
    for inner, value in content.items():
        _add_tree(element, inner, value)


def _add_choice(holder: Element, name: str, code: str) -> None:
    choice = _add(holder, name)
    _add(choice, "code", code)
    _add(choice, "omschrijving", YES_OR_NO[code])


def _mark(value: Any) -> str:
    return "J" if str(value).lower() == "ja" else "N"


def _add(holder: Element, name: str, text: Any = None) -> Element:
    element = etree.SubElement(holder, _cat(name))
    if text is not None:
        element.text = str(text)
    return element


def _cat(name: str) -> str:
    return f"{{{CATALOGUE}}}{name}"
