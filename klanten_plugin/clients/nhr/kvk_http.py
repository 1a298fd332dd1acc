"""Send a request to KVK, within the limits of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from zgw_consumers.models import Service

from ..http.answers import AnswerTable
from ..http.exchange import exchange
from .errors import KVK
from .limiter import acquire

logger = structlog.stdlib.get_logger(__name__)

# KVK refuses unknown headers and parameters
HEADERS = {"Accept": "application/json"}

WARNING_LENGTH = 300


def ask_kvk(
    service: Service,
    path: str,
    *,
    paid: bool,
    params: Mapping[str, str | int] | None = None,
    answers: AnswerTable = KVK,
) -> dict[str, Any] | None:
    """Return the JSON of a GET, or ``None`` if the register has no data for the number.

    ``answers`` is the table of an API that differs from the others. Raises a
    :class:`RemoteError` for everything else. URLs in responses are never followed, so
    the API key is only sent to the configured root.
    """
    acquire(paid=paid)
    reply = exchange(service, "GET", path, params=params, headers=HEADERS)
    if warning := reply.headers.get("Warning"):
        logger.warning("kvk_deprecation", warning=warning[:WARNING_LENGTH])
    payload: dict[str, Any] | None = answers.read(reply)
    return payload
