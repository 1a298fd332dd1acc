"""What the answers of a remote API mean: one table of rules for each API.

An API declares its table once, beside its client::

    ANSWERS = AnswerTable(
        (
            Rule(Meaning.ABSENT, {404}, is_not_found),
            Rule(ConfigurationError, {401, 403}, says="{answer}. Controleer het secret."),
            Rule(TemporaryRemoteError, PASSING),
            Rule(Meaning.OK, SUCCESS, is_object),
            Rule(TemporaryRemoteError, SUCCESS, says="{answer}, maar geen JSON."),
        ),
        codes=problem_codes,
    )
    payload = ANSWERS.read(exchange(service, "GET", "dingen/1"), service.label)

The first rule that applies decides; an answer that no rule applies to raises
``PermanentRemoteError``. A rule applies when the status is one of its ``statuses`` and
``when`` holds: there the table says what tells an answer of the API itself from one of a
proxy or gateway. For the APIs of the ZGW family that is :func:`.zgw.is_problem`, and
:data:`.zgw.RULES` is what their tables start from; put rules of your own before it:
``AnswerTable((Rule(FilterRefused, {400}), *RULES))``.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ...exceptions import PermanentRemoteError, RemoteError, TemporaryRemoteError
from .reply import Reply

SUCCESS = range(200, 300)
REDIRECTS = range(300, 400)
SERVER_ERRORS = range(500, 600)
REFUSALS = range(400, 600)
ANY = range(1000)

BUSY = frozenset({408, 425, 429})
PASSING = BUSY | frozenset(SERVER_ERRORS)
"""Refusals that pass by themselves."""

MAX_CODES = 5


class Meaning(Enum):
    """Meanings of an answer that aren't an error."""

    OK = auto()
    """The payload is what was asked for."""
    ABSENT = auto()
    """The API says that there is no such thing."""


def always(_reply: Reply) -> bool:
    """Apply whatever the body is."""
    return True


def no_codes(_reply: Reply) -> tuple[str, ...]:
    """For APIs whose refusals have no codes."""
    return ()


@dataclass(frozen=True)
class Rule:
    """What some of the answers mean.

    ``then`` is a meaning or the exception to raise, ``says`` its sentence for an
    administrator, in which ``{answer}`` names the API, the status and the codes.
    ``wait`` is after how many seconds a temporary error is tried again at the earliest;
    a later ``Retry-After`` of the answer overrides it.
    """

    then: Meaning | type[RemoteError]
    statuses: Container[int] = ANY
    when: Callable[[Reply], bool] = always
    says: str | Promise = "{answer}."
    wait: float | None = None

    def applies_to(self, reply: Reply) -> bool:
        """Whether this rule is about that answer."""
        return reply.status in self.statuses and self.when(reply)


UNKNOWN = Rule(PermanentRemoteError)


@dataclass(frozen=True)
class AnswerTable:
    """The rules of one API, in order.

    ``codes`` returns the codes of a refusal: they tell an administrator what was wrong,
    and hold no personal data. ``name`` is what the API is called in sentences, unless
    the caller gives the label of its Service.
    """

    rules: tuple[Rule, ...]
    codes: Callable[[Reply], tuple[str, ...]] = no_codes
    name: str | Promise = ""

    def rule_for(self, reply: Reply) -> Rule:
        """Return the first rule that applies."""
        return next((rule for rule in self.rules if rule.applies_to(reply)), UNKNOWN)

    def read(self, reply: Reply, label: str = "") -> Any:
        """Return the payload, ``None`` for what is absent; raise a ``RemoteError``."""
        rule = self.rule_for(reply)
        if rule.then is Meaning.ABSENT:
            return None
        if rule.then is Meaning.OK:
            return reply.payload
        raise self._error(rule, rule.then, reply, label)

    def _error(
        self, rule: Rule, kind: type[RemoteError], reply: Reply, label: str
    ) -> RemoteError:
        codes = ", ".join(self.codes(reply)[:MAX_CODES])
        named = f" ({codes})" if codes else ""
        answer = _("{name} antwoordde {status}{named}").format(
            name=label or self.name, status=reply.status, named=named
        )
        sentence = str(rule.says).format(answer=answer)
        if issubclass(kind, TemporaryRemoteError):
            waits = [one for one in (rule.wait, reply.retry_after) if one is not None]
            return kind(sentence, max(waits, default=None))
        return kind(sentence)
