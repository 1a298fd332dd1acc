"""Check references to tests in the documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


def cells(line: str) -> list[str]:
    """Return the cells of a table row."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def quoted(cell: str) -> list[str]:
    """Return the texts in code formatting."""
    return re.findall(r"`([^`]+)`", cell)


def named_tests(text: str) -> set[tuple[str, str]]:
    """Return each `module::test` in a text."""
    return set(re.findall(r"`(tests/[^`:]+\.py)::([^`]+)`", text))


def unknown_tests(text: str) -> set[str]:
    """Return the tests that a text refers to and that don't exist."""
    return {
        f"{module}::{name}"
        for module, name in named_tests(text)
        if not (ROOT / module).is_file() or name not in _names_in(module)
    }


@cache
def _names_in(module: str) -> set[str]:
    """Return ``test_x`` or ``TestX::test_y`` for every test of a module."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return set(_names(tree, ""))


def _names(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield prefix + child.name
        elif isinstance(child, ast.ClassDef):
            yield from _names(child, f"{prefix}{child.name}::")
