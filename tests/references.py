"""References to tests in the documentation, which must exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


def cells(line: str) -> list[str]:
    """The cells of a row of a table."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def quoted(cell: str) -> list[str]:
    """What is written as code."""
    return re.findall(r"`([^`]+)`", cell)


def named_tests(text: str) -> set[tuple[str, str]]:
    """Each `module::test` of a text."""
    return set(re.findall(r"`(tests/[^`:]+\.py)::([^`]+)`", text))


def unknown_tests(text: str) -> set[str]:
    """The tests that a text names and that aren't there."""
    return {
        f"{module}::{name}"
        for module, name in named_tests(text)
        if not (ROOT / module).is_file() or name not in _names_in(module)
    }


@cache
def _names_in(module: str) -> set[str]:
    """``test_x`` and ``TestX::test_y`` for every test of a module."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return set(_names(tree, ""))


def _names(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield prefix + child.name
        elif isinstance(child, ast.ClassDef):
            yield from _names(child, f"{prefix}{child.name}::")
