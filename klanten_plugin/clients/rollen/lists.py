"""Read and delete relations of klanten in a Contactmomenten or Verzoeken API.

URLs in responses are only followed if they are under the root of the service, and only
the page number of ``next`` is used, so that credentials aren't sent elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from zgw_consumers.models import Service

from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from ...models.relaties import Unusable, owner_urls
from ...models.rollen import Relatie, RolBron
from ..http.answers import SUCCESS, AnswerTable, Meaning, Rule
from ..http.exchange import exchange
from ..http.reply import Reply
from ..http.zgw import RULES, is_not_found, is_problem
from .reading import RelatiePage, RelatieReader, unusable

NOT_ALLOWED = (401, 403, 407)


class FilterRefused(PermanentRemoteError):
    """The service refuses this value of a filter."""


def is_of_gateway(reply: Reply) -> bool:
    """Whether the response is from an intermediary, such as an HTML 404."""
    is_success = reply.status in SUCCESS
    return not (is_success or reply.status in NOT_ALLOWED or is_problem(reply))


NOT_THERE = Rule(Meaning.ABSENT, {404}, is_not_found)
FILTER_REFUSED = Rule(
    FilterRefused, {400}, is_problem, says=gettext_lazy("{answer} op een filter.")
)

FOR_NOW = Rule(
    TemporaryRemoteError,
    when=is_of_gateway,
    says=gettext_lazy(
        "{answer}, en niet in het formaat van deze API. Controleer de API-root van de "
        "service als dat zo blijft."
    ),
)
"""Only responses of the API itself are final; those of gateways are temporary."""

OTHERS = (FOR_NOW, *RULES)

RELATIE = AnswerTable((NOT_THERE, *OTHERS))
DELETION = AnswerTable(
    (Rule(Meaning.OK, {204}), NOT_THERE, Rule(TemporaryRemoteError, SUCCESS), *OTHERS)
)


def page_answers(number: int, *, filtered: bool) -> AnswerTable:
    """Return the table for a page; only pages after the first can be absent."""
    first = () if number == 1 else (NOT_THERE,)
    second = (FILTER_REFUSED,) if filtered else ()
    return AnswerTable((*first, *second, *OTHERS))


class RollenClient:
    """Client of a service. All methods raise a :class:`RemoteError` on failure."""

    def __init__(self, bron: RolBron) -> None:
        self.service: Service = bron.service
        self.urls = owner_urls(bron)
        self._reader = RelatieReader(self.service.label, self.urls)

    def read_page(
        self, number: int, filters: Mapping[str, str] | None = None
    ) -> RelatiePage | None:
        """Return a page, or ``None`` if the service reports that it doesn't exist.

        Raises :class:`FilterRefused` if it refuses the filters.
        """
        params = dict(filters or {})
        if number > 1:
            params["page"] = str(number)
        answers = page_answers(number, filtered=bool(filters))
        body = self._ask("GET", self.urls.collection, answers, params=params)
        return None if body is None else self._reader.page(body, number)

    def read_relatie(self, url: str) -> Relatie | Unusable | None:
        """Return a relation, or ``None`` if the service says it doesn't exist."""
        url = self._own(url)
        content = self._ask("GET", url, RELATIE)
        if content is None:
            return None
        relatie = self._reader.relatie(content)
        if isinstance(relatie, Relatie) and relatie.url != url:
            return unusable(
                {**content, "url": url}, _("de relatie heeft een andere url")
            )
        return relatie

    def delete_relatie(self, url: str, toelichting: str) -> None:
        """Delete a relation. A missing one is not an error."""
        headers = {"X-Audit-Toelichting": toelichting}
        self._ask("DELETE", self._own(url), DELETION, headers=headers)

    def _ask(
        self, method: str, url: str, answers: AnswerTable, **options: Any
    ) -> dict[str, Any] | None:
        reply = exchange(self.service, method, url, **options)
        payload: dict[str, Any] | None = answers.read(reply, self.service.label)
        return payload

    def _own(self, url: str) -> str:
        if not self.urls.holds(url):
            raise PermanentRemoteError(
                _("De URL van een relatie ligt niet onder {service}.").format(
                    service=self.service.label
                )
            )
        return self.urls.under_root(url)
