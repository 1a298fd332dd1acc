"""The secrets of a checkout are random, persistent, and private."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from testapp.launcher.keys import load_keys

if TYPE_CHECKING:
    from pathlib import Path


def test_keys_are_made_once_for_the_owner_alone(data: Path) -> None:
    made = load_keys(data)

    assert load_keys(data) == made
    assert stat.S_IMODE((data / "keys.json").stat().st_mode) == 0o600
    assert sorted(made.clients) == ["demo", "lezer"]


def test_no_two_secrets_are_the_same_and_none_is_short(data: Path) -> None:
    keys = load_keys(data)
    elsewhere = load_keys(data / "other")
    secrets = [
        secret
        for each in (keys, elsewhere)
        for secret in (each.secret_key, each.database_password, *each.clients.values())
    ]

    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 32
