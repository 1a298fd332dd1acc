"""What the answers of KVK mean: the code in the body decides, not the status.

What KVK is processing at the moment is answered 404, like what isn't there at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from ...exceptions import (
    ConfigurationError,
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

LATER = IN_PROGRESS | {"IPD9999"}
"""Codes that pass by themselves."""

ABSENT = frozenset({"IPD0005", "IPD0007", "IPD5200"})
"""Codes that say that there is nothing to deliver under this number."""

REFUSED = frozenset(
    {
        "IPD0001",
        "IPD0004",
        "IPD0006",
        "IPD0010",
        "IPD1998",
        "IPD1999",
        "IPD5203",
    }
)
"""Codes that say that the question is wrong."""

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
    Rule(Postponed, when=any_of(LATER)),
    Rule(PermanentRemoteError, when=any_of(REFUSED)),
    Rule(Meaning.ABSENT, when=none_but(ABSENT)),
)
"""What the codes mean that all of KVK's APIs have."""

BY_STATUS = (
    Rule(ConfigurationError, {401, 403}, says="{answer}. Controleer de inloggegevens."),
    # without a code, 404 is a gateway's word, not the register's
    Rule(TemporaryRemoteError, {404} | PASSING),
    Rule(Meaning.OK, SUCCESS, is_object),
    # a page of a proxy isn't the register's word
    Rule(TemporaryRemoteError, SUCCESS, says="{answer}. Geen JSON."),
)
"""What an answer of a register without a code means."""

KVK = AnswerTable(
    (*BY_CODE, *BY_STATUS),
    codes=ipd_codes,
    name="KVK",
)
"""The answers of all of KVK's REST APIs."""
