"""Synchronise the sources of contact data with a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..models import KlantenConfig, NhrBron
from .rows import Became, put

KEY = ("soort", "service", "class_path")
"""Fields that identify a source."""


def save_bronnen(config: KlantenConfig, wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Save exactly these sources in this order, and return whether any changed."""
    left = list(config.bronnen.all())
    changed = False
    for number, values in enumerate(wanted):
        same = [row for row in left if _is_same(row, values)]
        row = same[0] if same else NhrBron(config=config)
        if same:
            left.remove(row)
        where = f"klanten_config.nhr_bronnen[{number}]"
        changed |= put(row, {**values, "position": number}, where) != Became.UNCHANGED
    for row in left:
        row.delete()
    return changed or bool(left)


def _is_same(row: NhrBron, values: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == values[name] for name in KEY)
