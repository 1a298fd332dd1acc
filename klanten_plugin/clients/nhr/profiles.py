"""Read KVK's profiles, of versions 1.4 and 1.5: which parts are contact data?

Every key may be absent, which means that nothing is known, not that nothing is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy

from .addresses import choose_adres
from .protocol import Answer

UNREADABLE = gettext_lazy("Het register gaf een antwoord dat niet te lezen is.")


def vestigingsprofiel(profiel: Mapping[str, Any]) -> Answer:
    """What a Vestigingsprofiel says."""
    return _answer(
        naam=profiel.get("eersteHandelsnaam"),
        websites=profiel.get("websites"),
        adressen=profiel.get("adressen"),
        closed=_is_ended(profiel),
        kvk_nummer=text(profiel.get("kvkNummer")),
    )


def basisprofiel(profiel: Mapping[str, Any]) -> Answer:
    """What a Basisprofiel says: of the main establishment, else of the owner."""
    embedded = mapping(profiel.get("_embedded"))
    hoofdvestiging = mapping(embedded.get("hoofdvestiging"))
    eigenaar = mapping(embedded.get("eigenaar"))
    # not one after the other: the owner must not give away what is shielded here
    holder = hoofdvestiging if "adressen" in hoofdvestiging else eigenaar
    return _answer(
        naam=profiel.get("naam") or profiel.get("statutaireNaam"),
        websites=hoofdvestiging.get("websites") or eigenaar.get("websites"),
        adressen=holder.get("adressen"),
        closed=_is_ended(profiel) or has_passed(eigenaar.get("datumUitschrijving")),
        kvk_nummer=text(profiel.get("kvkNummer")),
    )


def _answer(
    *, naam: Any, websites: Any, adressen: Any, closed: bool, kvk_nummer: str
) -> Answer:
    values: dict[str, Any] = {}
    if text(naam):
        values["bedrijfsnaam"] = text(naam)
    if website := first_website(websites):
        values["website_url"] = website
    choice = choose_adres(adressen)
    if choice.adres is not None:
        values["adres"] = choice.adres
    return Answer(
        values=values,
        remarks=tuple(("adres", reason) for reason in choice.remarks),
        closed=closed,
        adres_shielded=choice.shielded,
        kvk_nummer=kvk_nummer,
    )


def first_website(websites: Any) -> str:
    """The first that is a website, as a URL: the register keeps them without scheme.

    Where none is, the first of what there is, so that it is reported.
    """
    rows = websites if isinstance(websites, list) else []
    urls = [url for website in rows if (url := with_scheme(text(website)))]
    return next(filter(_is_website, urls), urls[0] if urls else "")


def _is_website(url: str) -> bool:
    # an e-mail address in the list would pass as a URL with a user
    if "@" in url.partition("://")[2].partition("/")[0]:
        return False
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError:
        return False
    return True


def with_scheme(website: str) -> str:
    """``website`` as a URL."""
    if not website or website.lower().startswith(("http://", "https://")):
        return website
    return f"https://{website}"


def _is_ended(profiel: Mapping[str, Any]) -> bool:
    return has_passed(mapping(profiel.get("materieleRegistratie")).get("datumEinde"))


def has_passed(datum: Any) -> bool:
    """Whether a date (``YYYYMMDD``) is over, as far as it is known.

    Unknown parts are zeros, so it is compared as the text that is left without them.
    """
    known = text(datum).replace("-", "")
    if not known:
        return False
    if not known.isdigit():
        return True  # a date that can't be read is still one
    known = known.removesuffix("00").removesuffix("00").removesuffix("0000")
    today = timezone.localdate().strftime("%Y%m%d")
    return known <= today[: len(known)]


def text(value: Any) -> str:
    """A text or a number as text; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).split())


def mapping(value: Any) -> Mapping[str, Any]:
    """An object of JSON; empty for anything else."""
    return value if isinstance(value, Mapping) else {}
