"""Read the list of klanten of another Klanten API 1.0, page by page.

Only the presence of ``next`` is used, not its URL: behind a proxy it can have another
host or scheme, which would receive our token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from zgw_consumers.models import Service

from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ..http.answers import AnswerTable, Meaning, Rule
from ..http.exchange import exchange
from ..http.reply import Reply, is_json
from ..http.zgw import RULES, is_not_found

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""Maximum size of a page: a hundred klanten with all fields at their maximum length."""

NO_LIST = gettext_lazy(
    "{answer}: geen lijst van klanten. Controleer of de API-root die van een Klanten API "
    "is."
)


def is_list(reply: Reply) -> bool:
    """Whether this is a page of a list."""
    body = reply.payload
    return isinstance(body, dict) and isinstance(body.get("results"), list)


PAGE = AnswerTable(
    (
        Rule(Meaning.OK, {200}, is_list),
        # permanent, because it is another API
        Rule(PermanentRemoteError, {200}, is_json, says=NO_LIST),
        Rule(TemporaryRemoteError, {200}, says=NO_LIST),
        *RULES,
    )
)
LATER_PAGE = AnswerTable((Rule(Meaning.ABSENT, {404}, is_not_found), *PAGE.rules))


@dataclass(frozen=True)
class KlantenPage:
    """The unvalidated klanten of a page. ``count`` is ``None`` if it is missing."""

    results: list[Any]
    count: int | None
    more: bool


@dataclass(frozen=True)
class KlantenClient:
    """Client of the API at ``root``, with the credentials of ``service``.

    All methods raise a :class:`RemoteError` on failure.
    """

    service: Service
    root: str

    def read_page(self, number: int) -> KlantenPage | None:
        """Return a page, or ``None`` if the service reports that it doesn't exist."""
        # also for the first page: some servers require the parameter
        reply = exchange(
            self.service,
            "GET",
            f"{self.root.rstrip('/')}/klanten",
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
