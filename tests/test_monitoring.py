"""``docs/monitoring.md`` lists the same events and metrics as the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import klanten_plugin
from klanten_plugin.api import request_metrics
from klanten_plugin.contrib.telemetry import GAUGES

PACKAGE = Path(klanten_plugin.__file__).parent
PAGE = (PACKAGE.parent / "docs" / "monitoring.md").read_text()

Event = tuple[str, str, tuple[str, ...]]


def events() -> Iterator[Event]:
    """Return name, level and fields of each event that the code logs."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            ):
                continue
            if ast.unparse(node.func.value) == "logger":
                assert isinstance(node.args[0], ast.Constant), path
                fields = tuple(str(keyword.arg) for keyword in node.keywords)
                yield str(node.args[0].value), node.func.attr, fields


def test_each_event_has_a_row() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (info|warning|error) \| ([\w, ]*)\| (\S.*) \|$",
        PAGE,
        re.MULTILINE,
    )
    documented = {
        (name, level, tuple(re.findall(r"\w+", fields)))
        for name, level, fields, _mend in rows
    }
    assert documented == set(events())


def test_each_metric_has_a_row() -> None:
    rows = re.findall(r"^\| `(klanten_plugin[\w.]+)` \| (\S+) \|", PAGE, re.MULTILINE)
    units = {name: gauge.unit for name, gauge in GAUGES.items()}
    assert dict(rows) == {**units, request_metrics.NAME: "s"}
