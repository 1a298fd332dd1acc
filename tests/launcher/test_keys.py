"""The secrets of a checkout are random, persistent, and private."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from testapp.launcher.keys import load_keys

if TYPE_CHECKING:
    from testapp.launcher.layout import Layout


def test_keys_are_made_once_for_the_owner_alone(layout: Layout) -> None:
    made = load_keys(layout.keys)

    assert load_keys(layout.keys) == made
    assert stat.S_IMODE(layout.keys.stat().st_mode) == 0o600
    assert sorted(made.clients) == ["demo", "lezer"]


def test_no_two_secrets_are_the_same_and_none_is_short(layout: Layout) -> None:
    keys = load_keys(layout.keys)
    elsewhere = load_keys(layout.data / "other.json")
    secrets = [
        secret
        for each in (keys, elsewhere)
        for secret in (each.secret_key, each.database_password, *each.clients.values())
    ]

    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 32
