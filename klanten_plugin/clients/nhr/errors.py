"""What does an answer of KVK mean for another try?

The code in the body decides, not the status: what is being processed at the moment is
answered 404, like what isn't there at all.
"""

from __future__ import annotations

import re
from typing import Any

import requests

from ...exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    Postponed,
    RemoteError,
    TemporaryRemoteError,
)
from ..http.exchange import retry_after

NAME = "KVK"

IN_PROGRESS_SECONDS = 300.0
"""KVK's own words: "probeer het over 5 minuten nog een keer"."""

LATER = {
    "IPD1002": IN_PROGRESS_SECONDS,
    "IPD1003": IN_PROGRESS_SECONDS,
    "IPD9999": None,
}
"""Codes that pass by themselves, and after how many seconds at the earliest."""

ABSENT = {"IPD0005", "IPD0007", "IPD5200"}
"""Codes that say that there is nothing to deliver under this number."""

REFUSED = {
    "IPD0001",
    "IPD0004",
    "IPD0006",
    "IPD0010",
    "IPD1998",
    "IPD1999",
    "IPD5203",
}
"""Codes that say that the question is wrong."""

CODE = re.compile(r"[A-Z]{2,5}[0-9]{2,6}")
NOT_ALLOWED = {401, 403}
LATER_STATUS = {404, 408, 425, 429}
"""Without a code, 404 is a gateway's word, not the register's."""
SERVER_ERRORS = 500


def ipd_codes(payload: Any) -> tuple[str, ...]:
    """The codes of an error, in either of the shapes that KVK has sent them in."""
    if isinstance(payload, dict) and isinstance(payload.get("meldingen"), dict):
        payload = payload["meldingen"]
    faults = payload.get("fout") if isinstance(payload, dict) else None
    codes = [
        fault.get("code")
        for fault in (faults if isinstance(faults, list) else [])
        if isinstance(fault, dict)
    ]
    # only what looks like a code: it ends up in a sentence for an administrator
    return tuple(c for c in codes if isinstance(c, str) and CODE.fullmatch(c))


def is_absent(codes: tuple[str, ...]) -> bool:
    """Whether the register says that it has nothing under the number."""
    return bool(codes) and all(code in ABSENT for code in codes)


def error_of(response: requests.Response, payload: Any) -> RemoteError | None:
    """What went wrong; ``None`` for an answer to read, one without content included."""
    codes = ipd_codes(payload)
    status = response.status_code
    named = f" ({', '.join(codes)})" if codes else ""
    sentence = f"{NAME} antwoordde {status}{named}."
    later = [LATER[code] for code in codes if code in LATER]
    if later:
        asked = retry_after(response)
        waits = [wait for wait in (*later, asked) if wait is not None]
        # of this number; others may be asked for
        return Postponed(sentence, max(waits, default=None))
    if any(code in REFUSED for code in codes):
        return PermanentRemoteError(sentence)
    if is_absent(codes):
        return None
    return by_status(response, sentence, payload)


def by_status(
    response: requests.Response, sentence: str, payload: Any
) -> RemoteError | None:
    """What an answer without a code means; ``None`` for one to read."""
    status = response.status_code
    if status in NOT_ALLOWED:
        return ConfigurationError(f"{sentence} Controleer de inloggegevens.")
    if status in LATER_STATUS or status >= SERVER_ERRORS:
        return TemporaryRemoteError(sentence, retry_after(response))
    if not response.ok or response.is_redirect:
        return PermanentRemoteError(sentence)
    # a page of a proxy isn't the register's word
    is_json = isinstance(payload, dict)
    return None if is_json else TemporaryRemoteError(f"{sentence} Geen JSON.")
