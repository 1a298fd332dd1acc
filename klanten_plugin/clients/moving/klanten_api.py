"""The klanten of another Klanten API 1.0: its list, page by page.

Of ``next`` only whether there is one is used: behind a proxy it may name another host
or scheme, and with our token the other side could do what we can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from zgw_consumers.models import Service

from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ..http.zgw import ask, refusal

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""A hundred klanten, each with all that the document lets it be."""


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
        response, body = ask(
            self.service,
            "GET",
            self.collection_url,
            max_bytes=MAX_PAGE_BYTES,
            params={"page": str(number)},
            headers={"Accept": "application/json"},
        )
        status = response.status_code
        if status == requests.codes.not_found and number > 1 and _is_problem(body):
            return None
        if status != requests.codes.ok:
            raise refusal(self.service, response)
        return self._page(body)

    def _page(self, body: Any) -> KlantenPage:
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list):
            # a page of a proxy may go away, another API doesn't become this one
            kind = TemporaryRemoteError if body is None else PermanentRemoteError
            raise kind(
                f"{self.service.label} gaf geen lijst van klanten. Controleer of de "
                "API-root die van een Klanten API is."
            )
        count = body.get("count")
        is_number = (
            isinstance(count, int) and not isinstance(count, bool) and count >= 0
        )
        return KlantenPage(
            results, count if is_number else None, bool(body.get("next"))
        )


def _is_problem(body: Any) -> bool:
    """Whether the API itself says so, in the suite's format, and not a proxy."""
    return isinstance(body, dict) and body.get("status") == requests.codes.not_found
