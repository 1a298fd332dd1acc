"""Interpret responses of KVK by the code in the body, not by the status.

KVK returns 404 for numbers that it is processing, as well as for unknown numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext_lazy

from ...exceptions import (
    AccessRefused,
    PermanentRemoteError,
    Postponed,
    TemporaryRemoteError,
)
from ..http.answers import PASSING, SUCCESS, AnswerTable, Meaning, Rule
from ..http.reply import Reply, is_object

IN_PROGRESS_SECONDS = 300.0
"""As advised by KVK: "probeer het over 5 minuten nog een keer"."""

IN_PROGRESS = frozenset({"IPD1002", "IPD1003"})
"""Codes of a number that KVK is processing."""

ABSENT = frozenset({"IPD0005", "IPD0007", "IPD5200"})
"""Codes for numbers without data."""

OUTAGE = frozenset({"IPD0001", "IPD1998", "IPD1999", "IPD5203", "IPD9999"})
"""Codes that concern the service or all of our requests, so that other numbers would
fail as well. Unknown codes are treated likewise."""

REFUSED = frozenset({"IPD0004", "IPD0006", "IPD0010"})
"""Codes for invalid numbers."""

CODE = re.compile(r"[A-Z]{2,5}[0-9]{2,6}")


def ipd_codes(reply: Reply) -> tuple[str, ...]:
    """Return the codes of an error, in either of KVK's formats."""
    payload = reply.payload
    if isinstance(payload, dict) and isinstance(payload.get("meldingen"), dict):
        payload = payload["meldingen"]
    faults = payload.get("fout") if isinstance(payload, dict) else None
    codes = [
        fault.get("code")
        for fault in (faults if isinstance(faults, list) else [])
        if isinstance(fault, dict)
    ]
    # only valid codes, because they become part of a message for administrators
    return tuple(c for c in codes if isinstance(c, str) and CODE.fullmatch(c))


def any_of(known: frozenset[str]) -> Callable[[Reply], bool]:
    """Return a condition: the response has one of these codes."""
    return lambda reply: not known.isdisjoint(ipd_codes(reply))


def has_only_absent_codes(reply: Reply) -> bool:
    """Whether the response has codes, all of which are among :data:`ABSENT`."""
    codes = ipd_codes(reply)
    return bool(codes) and ABSENT.issuperset(codes)


BY_CODE = (
    # concerns this number; others can be looked up
    Rule(Postponed, when=any_of(IN_PROGRESS), wait=IN_PROGRESS_SECONDS),
    Rule(TemporaryRemoteError, when=any_of(OUTAGE)),
    Rule(PermanentRemoteError, when=any_of(REFUSED)),
    Rule(Meaning.ABSENT, when=has_only_absent_codes),
)
"""The rules for codes of all KVK APIs."""


def has_content(reply: Reply) -> bool:
    """Whether the body is a non-empty JSON object."""
    return is_object(reply) and bool(reply.payload)


BY_STATUS = (
    Rule(
        AccessRefused,
        {401, 403},
        says=gettext_lazy("{answer}. Controleer de inloggegevens."),
    ),
    # without a code, a 404 is from a gateway, not from the register
    Rule(TemporaryRemoteError, {404} | PASSING),
    # a page of a proxy or an empty object of a gateway isn't from the register
    Rule(Meaning.OK, SUCCESS, has_content),
    Rule(
        TemporaryRemoteError,
        SUCCESS,
        says=gettext_lazy("{answer}, maar geen gegevens als JSON."),
    ),
    # 302, 406, 410 and all others concern the service, not a number
    Rule(
        TemporaryRemoteError,
        says=gettext_lazy("{answer}. Controleer de API-root van de service."),
    ),
)
"""The rules for responses of a register without a code."""

KVK = AnswerTable(
    (*BY_CODE, *BY_STATUS),
    codes=ipd_codes,
    name="KVK",
)
"""The table of all KVK REST APIs."""
