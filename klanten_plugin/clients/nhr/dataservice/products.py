"""Convert products of Dataservice, a vestiging or a registration, to answers."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy

from lxml.etree import _Element as Element

from ..profiles import as_answer, has_passed
from ..protocol import Answer
from .contact import has_locations, read_adres, read_communication
from .elements import (
    YES,
    code_at,
    every,
    is_ended,
    one,
    related,
    text_at,
)

NON_MAILING = gettext_lazy(
    "Het register vermeldt non-mailing: niet gebruiken voor ongevraagde reclame."
)

ACTIVITIES = (
    "isEenUitoefeningVan/onderneming/isEenManifestatieVan/maatschappelijkeActiviteit",
    "isEenUitoefeningVan/maatschappelijkeActiviteit",
    "isEenUitoefeningVan/onderneming",
)
"""Paths from a vestiging to its registration, a commercial one first."""


def read_vestiging(vestiging: Element) -> Answer:
    """Convert a commercieleVestiging or nietCommercieleVestiging."""
    return _answer(
        naam=(
            text_at(vestiging, "eersteHandelsnaam")
            or text_at(vestiging, "naamgeving/naam")
            or _first_handelsnaam(vestiging)
        ),
        communicatie=one(vestiging, "communicatiegegevens"),
        location=vestiging,
        # the end of its relation to a company doesn't count: another may have taken it
        # over
        closed=is_ended(vestiging),
        activity=_activity_of(vestiging),
    )


def read_inschrijving(activiteit: Element) -> Answer:
    """Convert a maatschappelijkeActiviteit: its own data, else its head office's."""
    hoofdvestiging = related(one(activiteit, "wordtGeleidVanuit"))
    eigenaar = owner_of(activiteit)
    holders = [activiteit, hoofdvestiging, eigenaar]
    # from one holder only: another must not reveal an address that is shielded here
    location = next((one for one in holders if has_locations(one)), None)
    found = (one(holder, "communicatiegegevens") for holder in holders)
    communicatie = next((each for each in found if each is not None), None)
    return _answer(
        naam=(
            text_at(activiteit, "naam")
            or text_at(eigenaar, "naamgeving/naam")
            or text_at(eigenaar, "volledigeNaam")
        ),
        communicatie=communicatie,
        location=location,
        closed=is_ended(activiteit)
        or has_passed(text_at(eigenaar, "datumUitschrijving")),
        activity=activiteit,
    )


def owner_of(activiteit: Element) -> Element | None:
    """Return the person, legal person or partnership that a registration belongs to."""
    return related(one(activiteit, "heeftAlsEigenaar"))


def _activity_of(vestiging: Element) -> Element | None:
    found = (one(vestiging, path) for path in ACTIVITIES)
    return next((each for each in found if each is not None), None)


def _first_handelsnaam(vestiging: Element) -> str:
    names = [
        (int(text_at(each, "volgorde") or 0), text_at(each, "naam"))
        for each in every(vestiging, "handeltOnder/handelsnaam")
    ]
    return min(names, default=(0, ""))[1]


def _answer(
    *,
    naam: str,
    communicatie: Element | None,
    location: Element | None,
    closed: bool,
    activity: Element | None,
) -> Answer:
    found, remarks = read_communication(communicatie)
    answer = as_answer(
        {**found, "bedrijfsnaam": naam},
        read_adres(location),
        closed=closed,
        kvk_nummer=text_at(activity, "kvkNummer"),
        remarks=remarks,
    )
    if code_at(activity, "nonMailing") != YES:
        return answer
    return replace(answer, remarks=(*answer.remarks, ("", str(NON_MAILING))))
