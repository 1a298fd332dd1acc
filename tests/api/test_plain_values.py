"""Plain values are accepted as the serializer accepts them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings as hypothesis, strategies as st

from klanten_plugin.api.copies import KlantReader, _tidy, _without_empty_groups
from klanten_plugin.api.plain_values import NotPlain
from klanten_plugin.exceptions import NotTaken, RuleViolation
from tests.bodies import KINDS, Body, Path, document_fields, full_body

READER = KlantReader()

AT_THE_EDGE = (
    *("", " ", " x ", "x\n", "\t", "a\0b", "\ud800", "\u200b", "\ufeff", "\xa0x"),
    *("x" * size for size in (1, 4, 5, 7, 8, 9, 10, 80, 81, 200, 201, 1001)),
    *(
        "900222086",
        "123456782",
        "12345678",
        "1234567890",
        "٣",
        "0",
        "-1",
        "1.0",
        "true",
    ),
    *("x@y.nl", "x@y", "https://x.nl", "x.nl", "m", "M", "vestiging", "onbekend"),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(AT_THE_EDGE),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    st.just(...),
)
"""Values for any field; an ellipsis removes it."""

PATHS = {kind: [path for path, _field in document_fields(kind)] for kind in KINDS}


def tidied(body: Body) -> Body:
    return _without_empty_groups(_tidy(deepcopy(body)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_klant_is_plain(kind: str) -> None:
    body = tidied(full_body(kind))
    assert READER._read_plain(body) == READER._read(body)


@pytest.mark.parametrize("kind", KINDS)
def test_each_value_in_each_field(kind: str) -> None:
    others = (None, True, 0, 1, -1, 10**6, 1.0, [], [None], ["x"], ["x" * 626], {}, ...)
    for path in PATHS[kind]:
        for value in (*AT_THE_EDGE, *others):
            body = full_body(kind)
            set_value(body, path, value)
            assert_same(body)


@hypothesis(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_several_values_at_once(data: st.DataObject, kind: str) -> None:
    body = full_body(kind)
    paths = st.lists(st.sampled_from(PATHS[kind]), min_size=1, max_size=3)
    for path in data.draw(paths):
        set_value(body, path, data.draw(VALUES))
    assert_same(body)


def assert_same(body: Body) -> None:
    """If the klant is plain, the serializer accepts it, and makes the same of it."""
    try:
        read = tidied(body)
        plain = READER._read_plain(read)
    except (NotPlain, NotTaken, RuleViolation):
        return
    # also the types: 1 and true are equal
    assert repr(plain) == repr(READER._read(read)), read


def set_value(body: Body, path: Path, value: Any) -> None:
    """Set or remove a value, unless its group was replaced by something else."""
    *groups, name = path
    target: Any = body
    for group in groups:
        target = target.get(group) if isinstance(target, dict) else None
    if not isinstance(target, dict):
        return
    if value is ...:
        target.pop(name, None)
    else:
        target[name] = value
