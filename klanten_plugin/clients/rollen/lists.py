"""The relations of klanten in a Contactmomenten or Verzoeken API.

URLs that a service gives are never followed with its credentials unless they are under
its own root; of ``next`` only the number of the page is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from zgw_consumers.models import Service

from ...constants import RolSoort
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ...models.rollen import Relatie
from ..http.zgw import ask, refusal
from .reading import APIS, RelatiePage, RelatieReader, RolApi, is_child

NOT_FOUND = "not_found"


class FilterRefused(PermanentRemoteError):
    """The service doesn't take this value to filter on."""


class UnusableRelatie(PermanentRemoteError):
    """The relation exists, but what the service says of it can't be used."""


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
        response, body = ask(
            self.service, "GET", self.reader.collection_url, params=params
        )
        if number > 1 and _says_not_found(response, body):
            return None
        if filters and response.status_code == requests.codes.bad_request:
            raise FilterRefused(f"{self.service.label} antwoordde 400 op een filter.")
        return self.reader.page(self._expect(response, body, requests.codes.ok), number)

    def read_relatie(self, url: str) -> Relatie | None:
        """One relation; ``None`` where the service says that it doesn't exist.

        Raises :class:`UnusableRelatie` for one that can't be mirrored.
        Only its own word counts: a page "not found" of a proxy is a failure.
        """
        response, body = ask(self.service, "GET", self._own(url))
        if _says_not_found(response, body):
            return None
        relatie = self.reader.relatie(self._expect(response, body, requests.codes.ok))
        if isinstance(relatie, str) or relatie.url != url:
            raise UnusableRelatie(
                f"{self.service.label} gaf een relatie die niet te gebruiken is."
            )
        return relatie

    def delete_relatie(self, url: str, toelichting: str) -> None:
        """Delete one relation; that it was gone already is as good."""
        headers = {"X-Audit-Toelichting": toelichting}
        response, body = ask(self.service, "DELETE", self._own(url), headers=headers)
        if response.status_code == requests.codes.no_content:
            return
        if not _says_not_found(response, body):
            raise refusal(self.service, response)

    def _own(self, url: str) -> str:
        if not self.holds(url):
            raise PermanentRemoteError(
                f"De URL van een relatie ligt niet onder {self.service.label}."
            )
        return url

    def _expect(
        self, response: requests.Response, body: Any, status: int
    ) -> dict[str, Any]:
        if response.status_code != status:
            raise refusal(self.service, response)
        if not isinstance(body, dict):
            raise TemporaryRemoteError(
                f"{self.service.label} antwoordde {status}, maar geen JSON van deze API."
            )
        return body


def _says_not_found(response: requests.Response, body: Any) -> bool:
    """Whether the API itself says 404, in the suite's format."""
    return (
        response.status_code == requests.codes.not_found
        and isinstance(body, dict)
        and body.get("code") == NOT_FOUND
    )
