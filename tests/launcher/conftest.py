"""Programs that only print a line, and a temporary data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from testapp.launcher.folders import data_folder


class MakeProgram(Protocol):
    """Creates an executable file that prints a line."""

    def __call__(self, path: Path, output: str) -> Path: ...


@pytest.fixture
def make_program() -> MakeProgram:
    def make(path: Path, output: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{output}"\n', encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A temporary data folder for this checkout."""
    return data_folder({"TESTAPP_DIR": str(tmp_path / "data")})
