"""Tables that interpret responses, and recognise those of the API itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from klanten_plugin.clients.http.answers import AnswerTable, Meaning, Rule
from klanten_plugin.clients.http.reply import Reply
from klanten_plugin.clients.http.zgw import RULES, is_not_found, is_problem
from klanten_plugin.clients.nhr.errors import KVK
from klanten_plugin.exceptions import (
    AccessRefused,
    PermanentRemoteError,
    Postponed,
    RemoteError,
    TemporaryRemoteError,
)

PROBLEM = "application/problem+json"
ZGW = AnswerTable((Rule(Meaning.ABSENT, {404}, is_not_found), *RULES))


def reply(status: int, body: Any = b"", media: str = "", **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {"Content-Type": media} if media else {}
    return Reply(status, CaseInsensitiveDict({**names, **headers}), content)


def problem(status: int, code: str = "not_found") -> dict[str, Any]:
    return {"type": "", "code": code, "title": "", "status": status, "detail": ""}


@pytest.mark.parametrize(
    ("answer", "is_own"),
    [
        (reply(404, problem(404), PROBLEM), True),
        (reply(404, problem(404), f"{PROBLEM}; charset=utf-8"), True),
        (reply(403, problem(403, "permission_denied"), "application/json"), True),
        (reply(404, problem(404), "text/html"), False),
        (reply(404, problem(200), PROBLEM), False),
        (reply(404, b"<h1>Not Found</h1>", "text/html"), False),
        (reply(404, b"", PROBLEM), False),
        (reply(404, [], PROBLEM), False),
        # of Kong, Azure API Management, Spring and a gateway with RFC 9457
        (reply(404, {"message": "no Route matched"}, "application/json"), False),
        (reply(404, {"statusCode": 404, "message": "x"}, "application/json"), False),
        (reply(404, {"status": 404, "error": "Not Found"}, "application/json"), False),
        (reply(404, {"title": "Not Found", "status": 404}, PROBLEM), False),
    ],
    ids=str,
)
def test_only_the_error_format_of_the_api_is_its_own(
    answer: Reply, is_own: bool
) -> None:
    assert is_problem(answer) is is_own


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(200, {"a": 1}), {"a": 1}),
        (reply(404, problem(404), PROBLEM), None),
        (reply(404, problem(404, "other"), PROBLEM), PermanentRemoteError),
        (reply(404, b"<html>"), PermanentRemoteError),
        (reply(200, b"<html>"), TemporaryRemoteError),
        (reply(204), TemporaryRemoteError),
        (reply(302, b"", Location="/"), PermanentRemoteError),
        (reply(401), AccessRefused),
        (reply(429), TemporaryRemoteError),
        (reply(599), TemporaryRemoteError),
        (reply(999), PermanentRemoteError),
    ],
    ids=str,
)
def test_the_first_rule_that_applies_decides(answer: Reply, expected: Any) -> None:
    if not isinstance(expected, type):
        assert ZGW.read(answer, "De bron") == expected
        return
    with pytest.raises(RemoteError) as caught:
        ZGW.read(answer, "De bron")
    assert type(caught.value) is expected
    assert str(caught.value).startswith(f"De bron antwoordde {answer.status}")


def test_an_answer_without_a_rule_is_for_a_person() -> None:
    with pytest.raises(PermanentRemoteError, match="X antwoordde 200"):
        AnswerTable((), name="X").read(reply(200))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, 300.0), ({"Retry-After": "9"}, 300.0), ({"Retry-After": "900"}, 900.0)],
)
def test_the_longest_wait_counts(headers: dict[str, str], seconds: float) -> None:
    body = {"fout": [{"code": "IPD1002"}, {"code": "IPD0007"}]}
    with pytest.raises(
        Postponed, match=r"KVK antwoordde 404 \(IPD1002, IPD0007\)\."
    ) as caught:
        KVK.read(reply(404, body, **headers))
    assert caught.value.retry_after == seconds
