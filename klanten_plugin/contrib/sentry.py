"""Remove personal data from events of a Sentry-compatible SDK.

Imports neither Django nor Sentry, so that settings modules can import it::

    from klanten_plugin.contrib.sentry import OPTIONS

    sentry_sdk.init(dsn=..., **OPTIONS)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..redaction import DATABASE_DETAIL, redacted

DROPPED = frozenset(
    {"cookies", "data", "env", "fragment", "query_string", "user", "vars"}
)
"""Keys of an event, at any depth, that can contain data of a consumer."""

Event = dict[str, Any]


def scrub(event: Event, hint: Mapping[str, Any] | None = None) -> Event:
    """Return the event without bodies, query strings, variables and BSNs.

    For ``before_send`` and ``before_send_transaction``. Query strings, numbers in the
    format of a BSN, and PostgreSQL's error details are removed from texts.
    """
    return {key: _clean(value) for key, value in event.items() if key not in DROPPED}


def scrub_breadcrumb(crumb: Event, hint: Mapping[str, Any] | None = None) -> Event:
    """Return the breadcrumb without its data, which can be a statement or a URL."""
    return {key: _clean(value) for key, value in crumb.items() if key != "data"}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(DATABASE_DETAIL.sub("", value))
    if isinstance(value, Mapping):
        return {key: _clean(one) for key, one in value.items() if key not in DROPPED}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value


OPTIONS: dict[str, Any] = {
    "include_local_variables": False,
    "max_request_body_size": "never",
    "before_send": scrub,
    "before_send_transaction": scrub,
    "before_breadcrumb": scrub_breadcrumb,
}
"""Options for ``sentry_sdk.init``. The first two prevent data from being collected, the
others remove data that integrations still collect. Leave ``send_default_pii`` off."""
