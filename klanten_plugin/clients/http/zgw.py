"""Ask an API of the ZGW family: JSON both ways, and refusals in the suite's format."""

from __future__ import annotations

from typing import Any

import requests
from zgw_consumers.models import Service

from ...exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from .exchange import (
    MAX_RESPONSE_BYTES,
    open_client,
    parse_json,
    read_body,
    retry_after,
)

LATER = {408, 425, 429}
NOT_ALLOWED = {401, 403}
SERVER_ERRORS = 500


def ask(
    service: Service,
    method: str,
    url: str,
    *,
    max_bytes: int = MAX_RESPONSE_BYTES,
    **options: Any,
) -> tuple[requests.Response, Any]:
    """The answer, and its body as JSON: ``None`` if it isn't.

    Redirects aren't followed: our credentials are for this service alone.
    """
    with (
        open_client(service) as client,
        client.request(
            method, url, stream=True, allow_redirects=False, **options
        ) as response,
    ):
        content = read_body(response, max_bytes)
    return response, parse_json(content)


def refusal(service: Service, response: requests.Response) -> RemoteError:
    """What an answer that isn't the one that was hoped for means: later, or never."""
    status = response.status_code
    sentence = f"{service.label} antwoordde {status}."
    if status in NOT_ALLOWED:
        return ConfigurationError(
            f"{sentence} Controleer client-ID, secret en scopes van de service."
        )
    if status in LATER or status >= SERVER_ERRORS:
        return TemporaryRemoteError(sentence, retry_after(response))
    return PermanentRemoteError(f"{sentence} Controleer de API-root van de service.")
