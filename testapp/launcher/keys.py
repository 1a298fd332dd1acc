"""The secrets of a checkout: random, generated once, readable only by their owner."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from testapp.launcher.locks import exclusive


def new_secret() -> str:
    """Return a random secret.

    Without "-" and "_", so that a double click selects it, and it never looks like an
    option on a command line.
    """
    return secrets.token_hex(32)


@dataclass
class Keys:
    """The secrets, generated independently of each other."""

    secret_key: str = field(default_factory=new_secret)
    admin_password: str = field(default_factory=lambda: secrets.token_hex(8))
    database_password: str = field(default_factory=new_secret)
    redis_password: str = field(default_factory=new_secret)
    clients: dict[str, str] = field(
        default_factory=lambda: {each: new_secret() for each in ("demo", "lezer")}
    )


def load_keys(path: Path) -> Keys:
    """Return the keys, which the first call generates."""
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
