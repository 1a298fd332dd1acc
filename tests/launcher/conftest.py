"""Machines made of folders: servers that only tell their version."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from testapp.launcher.layout import CHECKOUT, Layout


class MakeProgram(Protocol):
    """Makes an executable file that prints a line."""

    def __call__(self, path: Path, output: str) -> Path: ...


class MakePostgres(Protocol):
    """Makes the programs of a PostgreSQL; `share` is where pg_trgm is put."""

    def __call__(self, folder: Path, version: str, share: Path | None) -> Path: ...


@pytest.fixture
def make_program() -> MakeProgram:
    def make(path: Path, output: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho '{output}'\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def make_postgres(make_program: MakeProgram) -> MakePostgres:
    def make(folder: Path, version: str, share: Path | None) -> Path:
        make_program(folder / "initdb", "")
        program = make_program(folder / "postgres", f"postgres (PostgreSQL) {version}")
        if share:
            control = share / "extension" / "pg_trgm.control"
            control.parent.mkdir(parents=True)
            control.touch()
        return program

    return make


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A data folder of its own, for this very checkout."""
    return Layout(CHECKOUT, tmp_path / "data")
