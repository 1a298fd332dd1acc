"""Extract contact data from KVK's profiles, versions 1.4 and 1.5.

Every key is optional. A missing key means that the value is unknown, not empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy

from .addresses import Choice, choose_adres
from .protocol import Answer

UNREADABLE = gettext_lazy("Het register gaf een antwoord dat niet te lezen is.")


def vestigingsprofiel(profiel: Mapping[str, Any]) -> Answer:
    """Convert a Vestigingsprofiel."""
    return as_answer(
        {
            "bedrijfsnaam": text(profiel.get("eersteHandelsnaam")),
            "website_url": first_website(profiel.get("websites")),
        },
        choose_adres(profiel.get("adressen")),
        closed=_is_ended(profiel),
        kvk_nummer=text(profiel.get("kvkNummer")),
    )


def basisprofiel(profiel: Mapping[str, Any]) -> Answer:
    """Convert a Basisprofiel: the main establishment, else the owner."""
    embedded = mapping(profiel.get("_embedded"))
    hoofdvestiging = mapping(embedded.get("hoofdvestiging"))
    eigenaar = mapping(embedded.get("eigenaar"))
    # from one of them only: the owner must not reveal an address that is shielded here
    holder = hoofdvestiging if "adressen" in hoofdvestiging else eigenaar
    websites = hoofdvestiging.get("websites") or eigenaar.get("websites")
    return as_answer(
        {
            "bedrijfsnaam": text(profiel.get("naam") or profiel.get("statutaireNaam")),
            "website_url": first_website(websites),
        },
        choose_adres(holder.get("adressen")),
        closed=_is_ended(profiel) or has_passed(eigenaar.get("datumUitschrijving")),
        kvk_nummer=text(profiel.get("kvkNummer")),
    )


def as_answer(
    found: Mapping[str, str],
    choice: Choice,
    *,
    closed: bool,
    kvk_nummer: str,
    remarks: Iterable[tuple[str, str]] = (),
) -> Answer:
    """Return an answer with the texts that aren't empty, and the chosen address."""
    values: dict[str, Any] = {name: value for name, value in found.items() if value}
    if choice.adres is not None:
        values["adres"] = choice.adres
    return Answer(
        values=values,
        remarks=(*remarks, *(("adres", reason) for reason in choice.remarks)),
        closed=closed,
        adres_shielded=choice.shielded,
        kvk_nummer=kvk_nummer,
    )


def first_website(websites: Any) -> str:
    """Return the first valid website as a URL; the register stores them without scheme.

    If none is valid, return the first value, so that it is reported.
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
    """Return ``website`` as a URL."""
    if not website or website.lower().startswith(("http://", "https://")):
        return website
    return f"https://{website}"


def _is_ended(profiel: Mapping[str, Any]) -> bool:
    return has_passed(mapping(profiel.get("materieleRegistratie")).get("datumEinde"))


def has_passed(datum: Any) -> bool:
    """Whether a date (``YYYYMMDD``) has passed, by its known parts.

    Unknown parts are zeros, which are removed before comparing it as text.
    """
    known = text(datum).replace("-", "")
    if not known:
        return False
    if not known.isdigit():
        return True  # an invalid date is still a date
    known = known.removesuffix("00").removesuffix("00").removesuffix("0000")
    today = timezone.localdate().strftime("%Y%m%d")
    return known <= today[: len(known)]


def text(value: Any) -> str:
    """Return a string or number as text, or "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).split())


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}
