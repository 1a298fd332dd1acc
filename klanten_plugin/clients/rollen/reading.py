"""Parse responses of a Contactmomenten or Verzoeken API."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _, gettext_lazy

from ...exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    TemporaryRemoteError,
)
from ...models.relaties import OwnerUrls, Unusable, key_of
from ...models.rollen import ROL_LENGTH, URL_LENGTH, Relatie

PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")

ROLES = ("rol", "indicatieMachtiging")

OUTSIDE = gettext_lazy("url ligt niet onder de API-root")
"""The reason for a relation whose URL isn't under the root or an alias."""


@dataclass(frozen=True)
class RelatiePage:
    """One page of a list.

    ``next_page`` is the number of the next page, or ``None`` on the last one.
    ``skipped`` are unusable rows.
    """

    relaties: list[Relatie]
    count: int
    next_page: int | None
    skipped: list[Unusable] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """The number of rows on the page, usable or not."""
        return len(self.relaties) + len(self.skipped)

    @property
    def keys(self) -> set[str]:
        """The identifiers of the relations on the page."""
        return {relatie.url for relatie in self.relaties} | {
            str(one.key) for one in self.skipped
        }


@dataclass(frozen=True)
class RelatieReader:
    """Parses the responses of a service."""

    label: str
    urls: OwnerUrls

    def page(self, body: dict[str, Any], number: int) -> RelatiePage:
        """Return the page with this number.

        Raises :class:`TemporaryRemoteError` for a body that isn't a list of this API,
        :class:`ConfigurationError` if no relation of the page is under the API root,
        and :class:`PermanentRemoteError` if ``next`` can't be followed.
        """
        results, count = body.get("results"), body.get("count")
        if not isinstance(results, list) or not isinstance(count, int) or count < 0:
            raise TemporaryRemoteError(
                _("{service} gaf geen lijst van deze API.").format(service=self.label)
            )
        rows = [self.relatie(row) for row in results]
        relaties = [row for row in rows if isinstance(row, Relatie)]
        skipped = [row for row in rows if isinstance(row, Unusable)]
        if skipped and all(
            isinstance(row, Unusable) and row.reason == str(OUTSIDE) for row in rows
        ):
            raise self._unrecognised(skipped[0].url)
        next_page = self._next_page(body.get("next"), number)
        return RelatiePage(relaties, count, next_page, skipped)

    def _unrecognised(self, url: str) -> ConfigurationError:
        root = self.urls.foreign_root(url) or _("een ander adres")
        return ConfigurationError(
            _(
                "{service} geeft haar relaties URLs onder {root}, en niet onder haar "
                "API-root {own}. Er is niets gewijzigd. Zet dat adres bij de andere "
                "API-roots van deze bron van rollen."
            ).format(service=self.label, root=root, own=self.urls.root)
        )

    def _next_page(self, url: Any, number: int) -> int | None:
        if not url:
            return None
        page = self._page_of(url)
        if page is None:
            # following it would disclose our token
            raise PermanentRemoteError(
                _(
                    "{service} verwijst voor de volgende pagina naar een adres buiten haar "
                    "eigen API-root; dat wordt niet gevolgd."
                ).format(service=self.label)
            )
        if page <= number:
            raise PermanentRemoteError(
                _(
                    "{service} verwijst van pagina {number} naar pagina {page}: de lijst "
                    "herhaalt zich."
                ).format(service=self.label, number=number, page=page)
            )
        return page

    def _page_of(self, url: Any) -> int | None:
        """Return the number of the page, if the URL is one of this list."""
        if not isinstance(url, str):
            return None
        url = self.urls.under_root(url)
        if not f"{url}?".startswith(f"{self.urls.collection}?"):
            return None
        numbers = parse_qs(urlsplit(url).query).get("page", ["1"])
        if len(numbers) != 1 or not PAGE_NUMBER.fullmatch(numbers[0]):
            return None
        return int(numbers[0])

    def relatie(self, row: Any) -> Relatie | Unusable:
        """Return the relation with its URLs under the API root, or why it is unusable."""
        if not isinstance(row, dict):
            return unusable(row, _("geen object"))
        fields = ("url", "klant", self.urls.api.ouder, *ROLES)
        values = {name: row.get(name) or "" for name in fields}
        for name, value in values.items():
            is_left_out = value == "" and name not in self.urls.api.required
            if not is_left_out and not _is_usable(name, value):
                return unusable(
                    row, _("geen bruikbare waarde in {name}").format(name=name)
                )
        if not self.urls.holds(values["url"]):
            return unusable(row, str(OUTSIDE))
        return Relatie(
            url=self.urls.under_root(values["url"]),
            klant=values["klant"],
            betreft=self.urls.under_root(values[self.urls.api.ouder]),
            rol=values["rol"],
            indicatie_machtiging=values["indicatieMachtiging"],
        )


def unusable(row: Any, reason: str) -> Unusable:
    """Return the usable data of a row that can't be mirrored."""
    values = row if isinstance(row, dict) else {}
    url, klant = _shown(values.get("url")), _shown(values.get("klant"))
    return Unusable(key_of(url or json.dumps(row, sort_keys=True)), reason, url, klant)


def _shown(value: Any) -> str:
    """Return the truncated text, without characters that PostgreSQL can't store."""
    if not isinstance(value, str):
        return ""
    text = "".join(letter if letter.isprintable() else "?" for letter in value)
    return text[:URL_LENGTH]


def _is_usable(name: str, value: Any) -> bool:
    if name in ROLES:
        return _is_text(value, ROL_LENGTH)
    # the domain decides whether the URL of a klant is of this API
    return _is_text(value, URL_LENGTH) if name == "klant" else _is_url(value)


def _is_url(value: Any) -> bool:
    return (
        _is_text(value, URL_LENGTH)
        and value.isascii()
        and value.startswith(("http://", "https://"))
    )


def _is_text(value: Any, length: int) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= length
