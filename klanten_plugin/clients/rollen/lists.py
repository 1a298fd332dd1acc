"""The relations of klanten in a Contactmomenten or Verzoeken API.

URLs that a service gives are never followed with its credentials unless they are under
its own root; of ``next`` only the number of the page is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zgw_consumers.models import Service

from ...constants import RolSoort
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ...models.rollen import Relatie
from ..http.answers import SUCCESS, AnswerTable, Meaning, Rule
from ..http.exchange import exchange
from ..http.zgw import RULES, is_not_found
from .reading import APIS, RelatiePage, RelatieReader, RolApi, is_child


class FilterRefused(PermanentRemoteError):
    """The service doesn't take this value to filter on."""


class UnusableRelatie(PermanentRemoteError):
    """The relation exists, but what the service says of it can't be used."""


NOT_THERE = Rule(Meaning.ABSENT, {404}, is_not_found)
FILTER_REFUSED = Rule(FilterRefused, {400}, says="{answer} op een filter.")

RELATIE = AnswerTable((NOT_THERE, *RULES))
DELETION = AnswerTable(
    (Rule(Meaning.OK, {204}), NOT_THERE, Rule(TemporaryRemoteError, SUCCESS), *RULES)
)


def page_answers(number: int, *, filtered: bool) -> AnswerTable:
    """The table for one page of a list: only a page after the first can be absent."""
    first = () if number == 1 else (NOT_THERE,)
    second = (FILTER_REFUSED,) if filtered else ()
    return AnswerTable((*first, *second, *RULES))


@dataclass(frozen=True)
class RollenClient:
    """Ask one service. Every call raises a :class:`RemoteError` where it fails."""

    service: Service
    soort: RolSoort

    @property
    def api(self) -> RolApi:
        """How this kind of API calls things."""
        return APIS[self.soort]

    @property
    def reader(self) -> RelatieReader:
        """Who understands what it answers."""
        root = self.service.api_root.rstrip("/")
        return RelatieReader(self.service.label, root, self.api)

    def holds(self, url: str) -> bool:
        """Whether this is the URL of a relation of this service."""
        return self.reader.holds(url)

    def holds_parent(self, url: str) -> bool:
        """Whether this is the URL of a contactmoment or verzoek of this service."""
        return is_child(url, f"{self.reader.root}/{self.api.ouders}")

    def read_page(
        self, number: int, filters: Mapping[str, str] | None = None
    ) -> RelatiePage | None:
        """One page; ``None`` where the service says that there is no such page.

        Raises :class:`FilterRefused` where it doesn't take the filters.
        """
        params = dict(filters or {})
        if number > 1:
            params["page"] = str(number)
        answers = page_answers(number, filtered=bool(filters))
        body = self._ask("GET", self.reader.collection_url, answers, params=params)
        return None if body is None else self.reader.page(body, number)

    def read_relatie(self, url: str) -> Relatie | None:
        """One relation; ``None`` where the service says that it doesn't exist.

        Raises :class:`UnusableRelatie` for one that can't be mirrored.
        Only its own word counts: a page "not found" of a proxy is a failure.
        """
        body = self._ask("GET", self._own(url), RELATIE)
        if body is None:
            return None
        relatie = self.reader.relatie(body)
        if isinstance(relatie, str) or relatie.url != url:
            raise UnusableRelatie(
                f"{self.service.label} gaf een relatie die niet te gebruiken is."
            )
        return relatie

    def delete_relatie(self, url: str, toelichting: str) -> None:
        """Delete one relation; that it was gone already is as good."""
        headers = {"X-Audit-Toelichting": toelichting}
        self._ask("DELETE", self._own(url), DELETION, headers=headers)

    def _ask(
        self, method: str, url: str, answers: AnswerTable, **options: Any
    ) -> dict[str, Any] | None:
        reply = exchange(self.service, method, url, **options)
        payload: dict[str, Any] | None = answers.read(reply, self.service.label)
        return payload

    def _own(self, url: str) -> str:
        if not self.holds(url):
            raise PermanentRemoteError(
                f"De URL van een relatie ligt niet onder {self.service.label}."
            )
        return url
