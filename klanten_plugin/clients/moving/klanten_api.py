"""The klanten of another Klanten API 1.0: its list, page by page.

Of ``next`` only whether there is one is used: behind a proxy it may name another host
or scheme, and with our token the other side could do what we can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from zgw_consumers.models import Service

from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ..http.answers import AnswerTable, Meaning, Rule
from ..http.exchange import exchange
from ..http.reply import Reply
from ..http.zgw import RULES, is_not_found

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""A hundred klanten, each with all that the document lets it be."""

NO_LIST = gettext_lazy(
    "{answer}: geen lijst van klanten. Controleer of de API-root die van een Klanten API "
    "is."
)


def is_list(reply: Reply) -> bool:
    """Whether this is a page of a list."""
    body = reply.payload
    return isinstance(body, dict) and isinstance(body.get("results"), list)


def is_not_json(reply: Reply) -> bool:
    """Whether this is the page of a proxy, which may go away."""
    return reply.payload is None


PAGE = AnswerTable(
    (
        Rule(Meaning.OK, {200}, is_list),
        Rule(TemporaryRemoteError, {200}, is_not_json, says=NO_LIST),
        # another API doesn't become this one
        Rule(PermanentRemoteError, {200}, says=NO_LIST),
        *RULES,
    )
)
LATER_PAGE = AnswerTable((Rule(Meaning.ABSENT, {404}, is_not_found), *PAGE.rules))


@dataclass(frozen=True)
class KlantenPage:
    """The klanten of one page, as they came; ``count`` is ``None`` where it isn't said."""

    results: list[Any]
    count: int | None
    more: bool


@dataclass(frozen=True)
class KlantenClient:
    """Ask the API at ``root``, with the credentials of the service that covers it.

    Every call raises a :class:`RemoteError` where it fails.
    """

    service: Service
    root: str

    @property
    def collection_url(self) -> str:
        """Where the klanten are."""
        return f"{self.root.rstrip('/')}/klanten"

    def read_page(self, number: int) -> KlantenPage | None:
        """One page; ``None`` where the service says that there is no such page."""
        # also for the first: there are servers that know no other way to ask for it
        reply = exchange(
            self.service,
            "GET",
            self.collection_url,
            max_bytes=MAX_PAGE_BYTES,
            params={"page": str(number)},
            headers={"Accept": "application/json"},
        )
        answers = LATER_PAGE if number > 1 else PAGE
        body = answers.read(reply, self.service.label)
        return None if body is None else _page(body)


def _page(body: dict[str, Any]) -> KlantenPage:
    count = body.get("count")
    is_number = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    return KlantenPage(
        body["results"], count if is_number else None, bool(body.get("next"))
    )
