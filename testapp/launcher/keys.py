"""The secrets of a checkout: random, generated once, readable only by their owner."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from testapp.launcher.locks import exclusive

CLIENTS = ("demo", "lezer")
"""The applications that may use the API of the demo."""


def _new_secret() -> str:
    """Return a random secret.

    Without "-" and "_", so that a double click selects it, and it never looks like an
    option on a command line.
    """
    return secrets.token_hex(32)


@dataclass
class Keys:
    """The secrets, generated independently of each other.

    ``peers_secret`` is that of the other systems of the demo, between all of them.
    """

    secret_key: str = field(default_factory=_new_secret)
    admin_password: str = field(default_factory=lambda: secrets.token_hex(8))
    database_password: str = field(default_factory=_new_secret)
    redis_password: str = field(default_factory=_new_secret)
    peers_secret: str = field(default_factory=_new_secret)
    clients: dict[str, str] = field(
        default_factory=lambda: {each: _new_secret() for each in CLIENTS}
    )


def load_keys(data: Path) -> Keys:
    """Return the keys of a data folder, which the first call generates."""
    path = data / "keys.json"
    with exclusive(path.with_suffix(".lock")):
        if not path.exists():
            write_private(path, json.dumps(asdict(Keys()), indent=2) + "\n")
        return Keys(**json.loads(path.read_text(encoding="utf-8")))


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600 atomically."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123
        stream.write(text)
    fresh.replace(path)
