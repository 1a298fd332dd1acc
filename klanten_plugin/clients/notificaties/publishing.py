"""The Notificaties API: publish a message on a kanaal."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from ...constants import NOTIFICATIONS_APP
from ...exceptions import (
    AccessRefused,
    ConfigurationError,
    PermanentRemoteError,
    TemporaryRemoteError,
)
from ...models.notificaties import notifications_config
from ..http.answers import PASSING, REDIRECTS, REFUSALS, AnswerTable, Meaning, Rule
from ..http.exchange import exchange
from ..http.reply import Reply, is_object
from ..http.zgw import faults, problem_codes

NAME = gettext_lazy("De Notificaties API")
CHECK_ROOT = gettext_lazy("{answer}. Controleer de API root van de service.")


def is_too_early(reply: Reply) -> bool:
    """Whether the receiver's clock is behind ours, so that a retry will succeed."""
    found = faults(reply)
    return bool(found) and all(fault.get("name") == "aanmaakdatum" for fault in found)


def is_page(reply: Reply) -> bool:
    """Whether the body isn't JSON, such as the page of a proxy."""
    return bool(reply.content) and reply.payload is None


ANSWERS = AnswerTable(
    (
        Rule(TemporaryRemoteError, PASSING),
        Rule(TemporaryRemoteError, REFUSALS, is_too_early),
        # these don't concern the message
        Rule(
            AccessRefused,
            {401, 403, 407},
            says=gettext_lazy("{answer}. Controleer de inloggegevens en scopes."),
        ),
        Rule(PermanentRemoteError, {404, 405}, is_object),
        Rule(ConfigurationError, {404, 405}, says=CHECK_ROOT),
        Rule(PermanentRemoteError, REFUSALS),
        Rule(ConfigurationError, REDIRECTS, says=CHECK_ROOT),
        # a page of a proxy doesn't confirm that the API has the message
        Rule(
            TemporaryRemoteError,
            when=is_page,
            says=gettext_lazy("{answer}, maar geen JSON."),
        ),
        Rule(Meaning.OK),
    ),
    codes=problem_codes,
    name=NAME,
)


def retry_numbers() -> tuple[int, float, float, float]:
    """Return the host's retry settings: retries, factor, base, maximum seconds."""
    config = _config()
    return (
        config.notification_delivery_max_retries,
        config.notification_delivery_retry_backoff,
        # in notifications-api-common 0.13 and newer
        getattr(config, "notification_delivery_base_factor", 2),
        config.notification_delivery_retry_backoff_max,
    )


def publish(message: dict[str, Any]) -> None:
    """Publish a message. Raises a :class:`RemoteError` if it wasn't accepted."""
    service = _config().notifications_api_service
    if service is None:
        raise ConfigurationError(
            _(
                "Er is geen Notificaties API ingesteld: kies een service in de "
                "notificatiesconfiguratie, of zet NOTIFICATIONS_DISABLED aan."
            )
        )
    ANSWERS.read(exchange(service, "POST", "notificaties", json=message))


def _config() -> Any:
    """Return the host's ``NotificationsConfig``."""
    try:
        return notifications_config()
    except LookupError as error:
        raise ConfigurationError(
            _("De app {notifications_app} is niet (meer) geïnstalleerd.").format(
                notifications_app=NOTIFICATIONS_APP
            )
        ) from error
