"""Ask KVK one thing, within what the contract allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from zgw_consumers.models import Service

from ...exceptions import ConfigurationError
from ..http.exchange import open_client, parse_json, read_body
from .errors import error_of, ipd_codes, is_absent
from .limiter import acquire

logger = structlog.stdlib.get_logger(__name__)

# KVK refuses what it doesn't know: another header than these two, any other parameter
HEADERS = {"Accept": "application/json"}

WARNING_LENGTH = 300


def ask_kvk(
    service: Service | None,
    path: str,
    *,
    paid: bool,
    params: Mapping[str, str | int] | None = None,
    absent: frozenset[int] = frozenset(),
) -> dict[str, Any] | None:
    """The JSON of one GET; ``None`` where the register has nothing under the number.

    ``absent`` are statuses that say so without a code, where there are any. Raises a
    :class:`RemoteError` for everything else. URLs in answers are never followed: the key
    is only sent to the configured root.
    """
    if service is None:
        raise ConfigurationError("Er is geen service voor KVK gekozen.")
    acquire(paid=paid)
    with (
        open_client(service) as client,
        client.get(
            path, params=params, headers=HEADERS, stream=True, allow_redirects=False
        ) as response,
    ):
        payload = parse_json(read_body(response))
        if response.status_code in absent:
            return None
        if warning := response.headers.get("Warning"):
            logger.warning("kvk_deprecation", warning=warning[:WARNING_LENGTH])
        if error := error_of(response, payload):
            raise error
    if is_absent(ipd_codes(payload)):
        return None
    assert isinstance(payload, dict)
    return payload
