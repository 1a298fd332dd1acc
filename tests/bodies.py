"""Bodies of klanten with all fields, and iteration over their fields."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from klanten_plugin.domain.klanten.representation import api_name
from klanten_plugin.models import SUBJECTS, Klant
from klanten_plugin.models.groups import owned_groups, value_fields

Body = dict[str, Any]
Path = tuple[str, ...]

KLANT: Body = {
    "bronorganisatie": "123456782",
    "klantnummer": "Kn-00001",
    "bedrijfsnaam": "De Bakker & Zonen",
    "functie": "Bedrijfsleider",
    "websiteUrl": "https://www.example.nl/over-ons?taal=nl",
    "voornaam": "Zoë",
    "voorvoegselAchternaam": "van der",
    "achternaam": "Boom",
    "telefoonnummer": "+31 20 123 4567",
    "emailadres": "zoe@example.nl",
    "adres": {
        "straatnaam": "Keizersgracht",
        "huisnummer": 117,
        "huisletter": "A",
        "huisnummertoevoeging": "2hg",
        "postcode": "1015CJ",
        "woonplaatsnaam": "Amsterdam",
        "landcode": "6030",
    },
    "subject": "",
}
VERBLIJFSADRES: Body = {
    "aoaIdentificatie": "0363010000758545",
    "wplWoonplaatsNaam": "Utrecht",
    "gorOpenbareRuimteNaam": "Oudegracht",
    "aoaPostcode": "3511AB",
    "aoaHuisnummer": 0,
    "aoaHuisletter": "z",
    "aoaHuisnummertoevoeging": "bis",
    "inpLocatiebeschrijving": "Boot naast de brug",
}
SUB_VERBLIJF_BUITENLAND: Body = {
    "lndLandcode": "5010",
    "lndLandnaam": "België",
    "subAdresBuitenland1": "Kerkstraat 1",
    "subAdresBuitenland2": "2000 Antwerpen",
    "subAdresBuitenland3": "Vlaanderen",
}
SUBJECT: dict[str, Body] = {
    "natuurlijk_persoon": {
        "inpBsn": "900222086",
        "anpIdentificatie": "Anp-1234567890123",
        "inpANummer": "1234567890",
        "geslachtsnaam": "Boom",
        "voorvoegselGeslachtsnaam": "van der",
        "voorletters": "Z.",
        "voornamen": "Zoë Maria",
        "geslachtsaanduiding": "v",
        "geboortedatum": "1980-02-30",
        "subVerblijfBuitenland": SUB_VERBLIJF_BUITENLAND,
        "verblijfsadres": VERBLIJFSADRES,
    },
    "niet_natuurlijk_persoon": {
        "innNnpId": "123456782",
        "annIdentificatie": "Ann-1234567890123",
        "statutaireNaam": "Stichting Het Groene Hart",
        "innRechtsvorm": "europese_cooperatieve_venootschap",
        "bezoekadres": "Coolsingel 40, Rotterdam",
        "subVerblijfBuitenland": SUB_VERBLIJF_BUITENLAND,
    },
    "vestiging": {
        "vestigingsNummer": "Vn-000012345678",
        "handelsnaam": ["De Bakker", "Bakkerij De Bakker"],
        "subVerblijfBuitenland": SUB_VERBLIJF_BUITENLAND,
        "verblijfsadres": VERBLIJFSADRES,
    },
}
KINDS = tuple(SUBJECT)


def full_body(kind: str, **fields: Any) -> Body:
    """Return the body of a klant of this kind with every field and group."""
    body = {**KLANT, "subjectType": kind, "subjectIdentificatie": SUBJECT[kind]}
    return deepcopy({**body, **fields})


def document_fields(kind: str) -> Iterator[tuple[Path, Any]]:
    """Return the path of every field of the document, with its model field.

    A group comes before its fields, with its model instead.
    """
    yield from _own_fields(Klant)
    for accessor, group in owned_groups(Klant).items():
        if group is SUBJECTS[kind]:
            yield from _fields_below(("subjectIdentificatie",), group)
        elif accessor == "adres":
            yield from _fields_below(("adres",), group)


def _fields_below(path: Path, model: Any) -> Iterator[tuple[Path, Any]]:
    yield path, model
    for name, field in _own_fields(model):
        yield (*path, *name), field
    for accessor, group in owned_groups(model).items():
        yield from _fields_below((*path, api_name(accessor)), group)


def _own_fields(model: Any) -> Iterator[tuple[Path, Any]]:
    for field in value_fields(model):
        yield (api_name(field.name),), field


def with_values(body: Body, values: dict[Path, Any]) -> Body:
    """Return ``body`` with other values at these paths."""
    result = deepcopy(body)
    for path, value in values.items():
        *groups, name = path
        target = result
        for group in groups:
            target = target[group]
        target[name] = value
    return result
