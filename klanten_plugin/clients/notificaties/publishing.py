"""The Notificaties API: publish a message on a kanaal."""

from __future__ import annotations

from typing import Any

from django.apps import apps

import requests

from ...exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from ..http.exchange import open_client, parse_json, read_body, retry_after

APP = "notifications_api_common"
NAME = "De Notificaties API"

LATER = {408, 425, 429}
"""Refusals that pass by themselves; every status from 500 does, too."""

FIRST_REDIRECT, FIRST_REFUSAL, SERVER_ERRORS = 300, 400, 500

NOT_ALLOWED = {401, 403, 407}
"""Refusals that aren't about this message: the credentials must be looked at."""

NOT_THERE = {404, 405}
"""Refusals that aren't about this message either, where it isn't the API that speaks."""


def service_is_configured() -> bool:
    """Whether the host knows a Notificaties API to send to."""
    return _config().notifications_api_service is not None


def _config() -> Any:
    """The host's NotificationsConfig; the app is optional, so found when asked for."""
    if not apps.is_installed(APP):
        raise ConfigurationError(f"De app {APP} is niet (meer) geïnstalleerd.")
    return apps.get_model(APP, "NotificationsConfig").get_solo()


def retry_numbers() -> tuple[int, float, float, float]:
    """The host's numbers for retries: how many, factor, base, most seconds between."""
    config = _config()
    return (
        config.notification_delivery_max_retries,
        config.notification_delivery_retry_backoff,
        # in notifications-api-common 0.13 and newer
        getattr(config, "notification_delivery_base_factor", 2),
        config.notification_delivery_retry_backoff_max,
    )


def publish(message: dict[str, Any]) -> None:
    """Deliver one message. Raises a :class:`RemoteError` where it wasn't taken."""
    service = _config().notifications_api_service
    if service is None:
        raise ConfigurationError(
            "Er is geen Notificaties API ingesteld: kies een service in de "
            "notificatiesconfiguratie, of zet NOTIFICATIONS_DISABLED aan."
        )
    with (
        open_client(service) as client,
        client.post(
            "notificaties", json=message, stream=True, allow_redirects=False
        ) as response,
    ):
        body = read_body(response)
        if error := _error(response, body):
            raise error


def _error(response: requests.Response, body: bytes) -> RemoteError | None:
    """What the answer means for another try; ``None`` for a message that was taken."""
    problem = parse_json(body)
    if response.status_code >= FIRST_REFUSAL:
        return _refusal(response, problem)
    sentence = f"{NAME} antwoordde {response.status_code}"
    if response.status_code >= FIRST_REDIRECT:
        return ConfigurationError(f"{sentence}. Controleer de API root van de service.")
    if problem is None and body:
        # a page of a proxy isn't the API's word that it has the message
        return TemporaryRemoteError(f"{sentence}, maar geen JSON.")
    return None


def _refusal(response: requests.Response, problem: Any) -> RemoteError:
    status = response.status_code
    sentence = f"{NAME} antwoordde {status}{_codes(problem)}."
    if status in LATER or status >= SERVER_ERRORS or _is_too_early(problem):
        return TemporaryRemoteError(sentence, retry_after(response))
    if status in NOT_ALLOWED:
        return ConfigurationError(f"{sentence} Controleer de inloggegevens en scopes.")
    if status in NOT_THERE and not isinstance(problem, dict):
        hint = "Controleer de API root van de service."
        return ConfigurationError(f"{sentence} {hint}")
    return PermanentRemoteError(sentence)


def _faults(problem: Any) -> list[dict[str, Any]]:
    faults = problem.get("invalidParams") if isinstance(problem, dict) else None
    if not isinstance(faults, list):
        return []
    return [fault for fault in faults if isinstance(fault, dict)]


def _codes(problem: Any) -> str:
    """Names and codes of what is wrong: they tell enough, and hold no data."""
    codes = [
        f"{fault.get('name', '')!s:.50} {fault.get('code', '')!s:.50}"
        for fault in _faults(problem)
    ]
    return f" ({', '.join(codes[:5])})" if codes else ""


def _is_too_early(problem: Any) -> bool:
    """A receiver whose clock is behind ours: it takes the same message a moment later."""
    faults = _faults(problem)
    return bool(faults) and all(fault.get("name") == "aanmaakdatum" for fault in faults)
