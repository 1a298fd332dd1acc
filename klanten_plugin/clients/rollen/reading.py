"""Understand what a Contactmomenten or Verzoeken API says of the relations of klanten."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ...constants import RolSoort
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ...models.rollen import ROL_LENGTH, URL_LENGTH, Relatie

PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")

ROLES = ("rol", "indicatieMachtiging")


@dataclass(frozen=True)
class RolApi:
    """How one kind of API calls things.

    ``ouder`` is the name of what the relation is with: resource, field and filter.
    """

    collection: str
    relatie: str
    ouder: str
    ouders: str
    required: frozenset[str]

    @property
    def fields(self) -> tuple[str, ...]:
        """What is read of a relation."""
        return ("url", "klant", self.ouder, *ROLES)


APIS: dict[RolSoort, RolApi] = {
    RolSoort.CONTACTMOMENTEN: RolApi(
        collection="klantcontactmomenten",
        relatie="klantcontactmoment",
        ouder="contactmoment",
        ouders="contactmomenten",
        required=frozenset({"url", "klant", "contactmoment", "rol"}),
    ),
    RolSoort.VERZOEKEN: RolApi(
        collection="klantverzoeken",
        relatie="klantverzoek",
        ouder="verzoek",
        ouders="verzoeken",
        required=frozenset({"url", "klant", "verzoek"}),
    ),
}
"""Every kind has one; a test says so."""


@dataclass(frozen=True)
class RelatiePage:
    """One page of a list.

    ``next_page`` is its number, ``None`` on the last one; ``skipped`` says of each row
    that couldn't be used what is wrong with it; ``digest`` tells pages apart.
    """

    relaties: list[Relatie]
    count: int
    next_page: int | None
    digest: str
    skipped: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the page had, usable or not."""
        return len(self.relaties) + len(self.skipped)


@dataclass(frozen=True)
class RelatieReader:
    """Reads the answers of one service, whose root ends without slash."""

    label: str
    root: str
    api: RolApi

    @property
    def collection_url(self) -> str:
        """Where the relations are."""
        return f"{self.root}/{self.api.collection}"

    def holds(self, url: str) -> bool:
        """Whether this is the URL of a relation of this service."""
        return is_child(url, self.collection_url)

    def page(self, body: dict[str, Any], number: int) -> RelatiePage:
        results, count = body.get("results"), body.get("count")
        if not isinstance(results, list) or not isinstance(count, int) or count < 0:
            raise TemporaryRemoteError(f"{self.label} gaf geen lijst van deze API.")
        relaties: list[Relatie] = []
        skipped: list[str] = []
        for row in results:
            relatie = self.relatie(row)
            if isinstance(relatie, str):
                skipped.append(relatie)
            else:
                relaties.append(relatie)
        digest = hashlib.sha256(json.dumps(results, sort_keys=True).encode())
        next_page = self._next_page(body.get("next"), number)
        return RelatiePage(relaties, count, next_page, digest.hexdigest()[:32], skipped)

    def _next_page(self, url: Any, number: int) -> int | None:
        if not url:
            return None
        page = _page_of(url, self.collection_url)
        if page is None:
            # with our token the other side could do what we can
            raise PermanentRemoteError(
                f"{self.label} verwijst voor de volgende pagina naar een adres "
                "buiten haar eigen API-root; dat wordt niet gevolgd."
            )
        if page <= number:
            raise PermanentRemoteError(
                f"{self.label} verwijst van pagina {number} naar pagina {page}: "
                "de lijst herhaalt zich."
            )
        return page

    def relatie(self, row: Any) -> Relatie | str:
        """The relation, or what is wrong with the row."""
        if not isinstance(row, dict):
            return "geen object"
        values = {name: row.get(name) or "" for name in self.api.fields}
        for name, value in values.items():
            usable = _is_text if name in ROLES else _is_url
            is_left_out = value == "" and name not in self.api.required
            if not is_left_out and not usable(value):
                return f"geen bruikbare waarde in {name}"
        if not self.holds(values["url"]):
            return "url ligt niet onder de API-root"
        return Relatie(
            url=values["url"],
            klant=values["klant"],
            betreft=values[self.api.ouder],
            rol=values["rol"],
            indicatie_machtiging=values["indicatieMachtiging"],
        )


def _is_url(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and value.startswith(("http://", "https://"))
        and len(value) <= URL_LENGTH
    )


def _is_text(value: Any) -> bool:
    return (
        isinstance(value, str) and value.isprintable() and 0 < len(value) <= ROL_LENGTH
    )


def is_child(url: str, collection: str) -> bool:
    """Whether the URL is one step below the collection, and no step aside."""
    tail = url.removeprefix(f"{collection}/")
    return tail != url and bool(re.fullmatch(r"[\w-]+", tail, re.ASCII))


def _page_of(url: Any, collection_url: str) -> int | None:
    """The number of the page, if the URL is one of this list."""
    if not isinstance(url, str) or not f"{url}?".startswith(f"{collection_url}?"):
        return None
    numbers = parse_qs(urlsplit(url).query).get("page", ["1"])
    if len(numbers) != 1 or not PAGE_NUMBER.fullmatch(numbers[0]):
        return None
    return int(numbers[0])
