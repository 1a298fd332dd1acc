"""Interpret the responses of a remote API, by a table of rules for each API.

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

The first rule that applies determines the meaning; a response without a matching rule
raises ``PermanentRemoteError``. A rule applies if the status is one of its ``statuses``
and ``when`` returns true, which distinguishes responses of the API itself from those of
a proxy or gateway. For ZGW APIs that condition is :func:`.zgw.is_problem`, and their
tables start from :data:`.zgw.RULES`, preceded by their own rules:
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
"""Status codes of temporary failures."""

MAX_CODES = 5


class Meaning(Enum):
    """Meanings of a response that isn't an error."""

    OK = auto()
    """The payload is the requested data."""
    ABSENT = auto()
    """The API reports that the resource doesn't exist."""


@dataclass(frozen=True)
class Rule:
    """A rule that gives matching responses a meaning.

    ``then`` is a meaning or the exception to raise. ``says`` is its message for
    administrators, in which ``{answer}`` is replaced by the API, the status and the
    codes. ``wait`` is the minimum number of seconds before a temporary error is
    retried; a longer ``Retry-After`` overrides it.
    """

    then: Meaning | type[RemoteError]
    statuses: Container[int] = ANY
    when: Callable[[Reply], bool] = lambda reply: True
    says: str | Promise = "{answer}."
    wait: float | None = None

    def applies_to(self, reply: Reply) -> bool:
        """Whether this rule matches the response."""
        return reply.status in self.statuses and self.when(reply)


UNKNOWN = Rule(PermanentRemoteError)


@dataclass(frozen=True)
class AnswerTable:
    """The rules of one API, in order.

    ``codes`` returns the error codes of a response, for administrators, without
    personal data. ``name`` is the name of the API in messages, unless the caller passes
    the label of its Service.
    """

    rules: tuple[Rule, ...]
    codes: Callable[[Reply], tuple[str, ...]] = lambda reply: ()
    name: str | Promise = ""

    def read(self, reply: Reply, label: str = "") -> Any:
        """Return the payload, or ``None`` if absent. Raises a ``RemoteError``."""
        rule = next((rule for rule in self.rules if rule.applies_to(reply)), UNKNOWN)
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
