"""Make all suitable Pythons of the machine visible to tox."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

_OLDEST = (3, 11)


def with_all_pythons(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return an environment in which python3.11, python3.12 … are found.

    pyenv exposes only the active versions, so all are activated. Its folders are
    appended to PATH, for shells without pyenv.
    """
    result = dict(environ)
    root = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    folders = sorted((root / "versions").glob("*/bin"), reverse=True)
    suitable = [each for each in folders if is_suitable(each.parent.name)]
    if suitable:
        parts = [environ.get("PATH", os.defpath), *(str(each) for each in suitable)]
        result["PATH"] = os.pathsep.join(parts)
    if shutil.which("pyenv", path=environ.get("PATH")):
        bare = subprocess.run(
            ["pyenv", "versions", "--bare"],
            env=dict(environ),
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        versions = pyenv_version(bare.split(), platform.python_version())
        if versions:
            result["PYENV_VERSION"] = versions
    return result


def pyenv_version(installed: Iterable[str], current: str) -> str:
    """Return PYENV_VERSION with all suitable versions: the current, then the newest."""
    suitable = sorted(filter(is_suitable, installed), key=_key, reverse=True)
    suitable.sort(key=lambda each: each != current)
    return ":".join(suitable)


def is_suitable(version: str) -> bool:
    """Return whether it is a supported, released CPython (no 3.12-dev, no pypy)."""
    return bool(re.fullmatch(r"3\.\d+\.\d+", version)) and _key(version)[:2] >= _OLDEST


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split("."))
