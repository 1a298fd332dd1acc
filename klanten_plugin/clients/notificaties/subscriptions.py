"""Subscriptions at a Notificaties API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zgw_consumers.models import Service

from ...exceptions import ConfigurationError, PermanentRemoteError
from ...models.notificaties import notifications_service
from ..http.answers import SUCCESS, AnswerTable, Meaning, Rule
from ..http.exchange import exchange
from ..http.reply import is_json
from ..http.zgw import RULES, is_problem, problem_codes
from .publishing import NAME

ANSWERS = AnswerTable(
    (
        Rule(PermanentRemoteError, {400, 404, 409}, is_problem),
        # also a list, because the lists of this API aren't paginated
        Rule(Meaning.OK, SUCCESS, is_json),
        *RULES,
    ),
    codes=problem_codes,
    name=NAME,
)


@dataclass(frozen=True)
class Abonnement:
    """A subscription as stored by the Notificaties API."""

    url: str
    callback_url: str
    kanalen: tuple[str, ...]


@dataclass(frozen=True)
class AbonnementenClient:
    """Client for subscriptions. All methods raise a ``RemoteError`` on failure."""

    service: Service

    def find(self, callback_url: str) -> Abonnement | None:
        """Return the subscription with this callback URL, or ``None``."""
        body = self._ask("GET", "abonnement")
        found = [_abonnement(row) for row in body] if isinstance(body, list) else []
        return next((row for row in found if row.callback_url == callback_url), None)

    def has_kanaal(self, naam: str) -> bool:
        """Whether the Notificaties API has a kanaal of this name."""
        body = self._ask("GET", "kanaal")
        rows = body if isinstance(body, list) else []
        return any(isinstance(row, dict) and row.get("naam") == naam for row in rows)

    def create(self, callback_url: str, auth: str, kanalen: list[str]) -> Abonnement:
        """Create a subscription; the API tests the callback meanwhile."""
        content = _content(callback_url, auth, kanalen)
        return _abonnement(self._ask("POST", "abonnement", json=content))

    def update(
        self, abonnement: Abonnement, auth: str, kanalen: list[str]
    ) -> Abonnement:
        """Update the token and the kanalen of a subscription."""
        url = abonnement.url
        if not url.startswith(self.service.api_root):
            raise PermanentRemoteError(_("Het abonnement ligt niet onder de API-root."))
        content = _content(abonnement.callback_url, auth, kanalen)
        return _abonnement(self._ask("PUT", url, json=content))

    def _ask(self, method: str, url: str, **options: Any) -> Any:
        return ANSWERS.read(exchange(self.service, method, url, **options))


def notificaties_client() -> AbonnementenClient:
    """Return the client of the host's Notificaties API."""
    service = notifications_service()
    if service is None:
        raise ConfigurationError(
            _(
                "Er is geen Notificaties API ingesteld: kies een service in de "
                "notificatiesconfiguratie."
            )
        )
    return AbonnementenClient(service)


def _content(callback_url: str, auth: str, kanalen: list[str]) -> dict[str, Any]:
    return {
        "callbackUrl": callback_url,
        "auth": auth,
        "kanalen": [{"naam": kanaal, "filters": {}} for kanaal in kanalen],
    }


def _abonnement(body: Any) -> Abonnement:
    try:
        kanalen = tuple(str(kanaal["naam"]) for kanaal in body["kanalen"])
        return Abonnement(str(body["url"]), str(body["callbackUrl"]), kanalen)
    except (KeyError, TypeError) as error:
        message = _("De Notificaties API gaf geen abonnement.")
        raise PermanentRemoteError(message) from error
