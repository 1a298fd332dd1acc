"""Builders of KVK's messages, in the shapes of recorded responses."""

from __future__ import annotations

from typing import Any

from lxml import etree

CAT = "http://schemas.kvk.nl/schemas/hrip/catalogus/2015/02"
SERVICE = "http://schemas.kvk.nl/schemas/hrip/dataservice/2015/02"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def brief(value: Any) -> str:
    """Return the name of a test parameter: the length of messages, others unchanged."""
    is_message = isinstance(value, bytes) or "<" in str(value)
    return f"{len(value)} characters" if is_message else str(value)


def element(content: str) -> Any:
    """Parse a fragment. Elements without prefix are in the catalogue's namespace."""
    root = etree.fromstring(f'<wrap xmlns="{CAT}">{content}</wrap>')
    return root[0]


def adres(**parts: Any) -> dict[str, Any]:
    """Return the fields of an address, the others empty."""
    empty = {"huisletter": "", "huisnummertoevoeging": "", "landcode": "6030"}
    return {**empty, **parts}


def choice(name: str, code: str, words: str = "-") -> str:
    """Return an enumeration."""
    return f"<{name}><code>{code}</code><omschrijving>{words}</omschrijving></{name}>"


def locatie(name: str, inside: str, shielded: str = "N") -> str:
    """Return a location, shielded or not."""
    mark = choice("afgeschermd", shielded)
    return f"<{name}>{mark}<adres>{inside}</adres></{name}>"


DAM = """<binnenlandsAdres><straatnaam>Dam</straatnaam><huisnummer>1</huisnummer>
<postcode><cijfercombinatie>1012</cijfercombinatie>
<lettercombinatie>JS</lettercombinatie></postcode>
<plaats>Amsterdam</plaats></binnenlandsAdres>"""
POSTBUS = """<binnenlandsAdres><postbusnummer>495</postbusnummer>
<postcode><cijfercombinatie>2600</cijfercombinatie>
<lettercombinatie>AL</lettercombinatie></postcode>
<plaats>Delft</plaats></binnenlandsAdres>"""
LONDON = """<buitenlandsAdres><straatHuisnummer>310 Goswell Road</straatHuisnummer>
<postcodeWoonplaats>EC1V 7LW Londen</postcodeWoonplaats><regio>Islington</regio>
<land><code>6039</code><omschrijving>Verenigd Koninkrijk</omschrijving></land>
</buitenlandsAdres>"""
HOUSEBOAT = DAM.replace(
    "<huisnummer>",
    "<aanduidingBijHuisnummer><code>to</code><omschrijving>Tegenover</omschrijving>"
    "</aanduidingBijHuisnummer><huisnummer>",
)

DAM_FIELDS = adres(
    straatnaam="Dam", huisnummer=1, postcode="1012JS", woonplaatsnaam="Amsterdam"
)
POSTBUS_FIELDS = adres(
    straatnaam="Postbus", huisnummer=495, postcode="2600AL", woonplaatsnaam="Delft"
)
LONDON_FIELDS = adres(
    straatnaam="310 Goswell Road",
    huisnummer=None,
    postcode="",
    woonplaatsnaam="EC1V 7LW Londen, Islington",
    landcode="6039",
)


def number(code: str, nummer: str, soort: str = "T") -> str:
    """Return a communicatienummer."""
    return (
        f"<communicatienummer><toegangscode>{code}</toegangscode>"
        f"<nummer>{nummer}</nummer>{choice('soort', soort)}</communicatienummer>"
    )


def communicatie(inside: str, registratie: str = "<registratie/>") -> str:
    """Return the communication details."""
    return f"<communicatiegegevens>{registratie}{inside}</communicatiegegevens>"


def vestiging(inside: str = "", kind: str = "commercieleVestiging") -> Any:
    """Return a vestiging in the format of ``ophalenVestiging``."""
    nummer = "<vestigingsnummer>000012345678</vestigingsnummer>"
    return element(f"<{kind}>{nummer}{inside}</{kind}>")


def inschrijving(inside: str = "", owner: str = "") -> Any:
    """Return a registration in the format of ``ophalenInschrijving``."""
    relation = f"<heeftAlsEigenaar><relatieRegistratie/>{owner}</heeftAlsEigenaar>"
    nummer = "<kvkNummer>12345678</kvkNummer>"
    return element(
        f"<maatschappelijkeActiviteit>{nummer}{inside}{relation if owner else ''}"
        "</maatschappelijkeActiviteit>"
    )


def person(achternaam: str = "Jansen", more: str = "") -> str:
    """Return a natural person."""
    return (
        f"<natuurlijkPersoon><bsn>999990019</bsn><geslachtsnaam>{achternaam}"
        "</geslachtsnaam><voorvoegselGeslachtsnaam>van der</voorvoegselGeslachtsnaam>"
        f"<voornamen>Jan Pieter</voornamen>{more}</natuurlijkPersoon>"
    )


def functionaris(
    kind: str = "bestuursfunctie",
    who: str | None = None,
    code: str = "azb",
    more: str = "",
    function: str = "Bestuurder",
) -> str:
    """Return a person with a function at an owner that isn't a natural person."""
    authority = choice("soort", code)
    return (
        f"<heeft><{kind}>{more}<door>{person() if who is None else who}</door>"
        f"{choice('functie', '02', function)}<bevoegdheid>{authority}</bevoegdheid>"
        f"</{kind}></heeft>"
    )


def gemachtigde(volmacht: str, who: str | None = None) -> str:
    """Return a person with a power of attorney."""
    return (
        f"<heeft><gemachtigde><door>{person() if who is None else who}</door>"
        f"{choice('functie', '41', 'Gevolmachtigde')}<volmacht>{volmacht}</volmacht>"
        "</gemachtigde></heeft>"
    )


def rechtspersoon(inside: str = "") -> str:
    """Return a legal person as the owner."""
    return f"<rechtspersoon>{inside}<rsin>123456782</rsin></rechtspersoon>"


def response(name: str, inside: str) -> bytes:
    """Return a response element of the service."""
    return f'<{name}Response xmlns="{SERVICE}">{inside}</{name}Response>'.encode()


def fouten(name: str, *codes: str) -> bytes:
    """Return a response with functional faults, without a product."""
    rows = "".join(
        f"<fout><code>{code}</code><omschrijving>Jan Jansen</omschrijving></fout>"
        for code in codes
    )
    return response(name, f"<meldingen>{rows}</meldingen>")


def soap_fault(code: str, text: str = "", detail: str = "") -> bytes:
    """Return an envelope with a fault."""
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body><soap:Fault>'
        f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring>{detail}"
        "</soap:Fault></soap:Body></soap:Envelope>"
    ).encode()
