"""What the answers of KVK mean: the code in the body decides, not the status.

What KVK is processing at the moment is answered 404, like what isn't there at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

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
"""KVK's own words: "probeer het over 5 minuten nog een keer"."""

IN_PROGRESS = frozenset({"IPD1002", "IPD1003"})
"""Codes of a number that KVK is processing."""

ABSENT = frozenset({"IPD0005", "IPD0007", "IPD5200"})
"""Codes that say that there is nothing to deliver under this number."""

OUTAGE = frozenset({"IPD0001", "IPD1998", "IPD1999", "IPD5203", "IPD9999"})
"""Codes about the service, or about all of our questions: asking for another number
would end the same. A code that isn't known counts as one of these."""

REFUSED = frozenset({"IPD0004", "IPD0006", "IPD0010"})
"""Codes that say that this number isn't one."""

CODE = re.compile(r"[A-Z]{2,5}[0-9]{2,6}")


def ipd_codes(reply: Reply) -> tuple[str, ...]:
    """The codes of an error, in either of the shapes that KVK has sent them in."""
    payload = reply.payload
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


def any_of(known: Collection[str]) -> Callable[[Reply], bool]:
    """Make a condition: one of these codes is among those of the answer."""
    return lambda reply: any(code in known for code in ipd_codes(reply))


def none_but(known: Collection[str]) -> Callable[[Reply], bool]:
    """Make a condition: the answer has codes, all of them among these."""

    def holds(reply: Reply) -> bool:
        codes = ipd_codes(reply)
        return bool(codes) and all(code in known for code in codes)

    return holds


BY_CODE = (
    # of this number; others may be asked for
    Rule(Postponed, when=any_of(IN_PROGRESS), wait=IN_PROGRESS_SECONDS),
    Rule(TemporaryRemoteError, when=any_of(OUTAGE)),
    Rule(PermanentRemoteError, when=any_of(REFUSED)),
    Rule(Meaning.ABSENT, when=none_but(ABSENT)),
)
"""What the codes mean that all of KVK's APIs have."""


def has_content(reply: Reply) -> bool:
    """Whether the body is a JSON object that says anything."""
    return is_object(reply) and bool(reply.payload)


BY_STATUS = (
    Rule(
        AccessRefused,
        {401, 403},
        says=gettext_lazy("{answer}. Controleer de inloggegevens."),
    ),
    # without a code, 404 is a gateway's word, not the register's
    Rule(TemporaryRemoteError, {404} | PASSING),
    # a page of a proxy, or an empty object of a gateway, isn't the register's word
    Rule(Meaning.OK, SUCCESS, has_content),
    Rule(
        TemporaryRemoteError,
        SUCCESS,
        says=gettext_lazy("{answer}, maar geen gegevens als JSON."),
    ),
    # 302, 406, 410 and all others: about the service, not about one number
    Rule(
        TemporaryRemoteError,
        says=gettext_lazy("{answer}. Controleer de API-root van de service."),
    ),
)
"""What an answer of a register without a code means."""

KVK = AnswerTable(
    (*BY_CODE, *BY_STATUS),
    codes=ipd_codes,
    name="KVK",
)
"""The answers of all of KVK's REST APIs."""
