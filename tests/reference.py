"""Generate the tables of docs/configuration.md from the code.

``python -m tests.reference`` writes the page. A test compares it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.utils import translation

from klanten_plugin.conf import KlantenSettings, Setting

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"

TYPES = {bool: "yes or no", int: "number", float: "number", str: "text", tuple: "tuple"}


def updated(page: str) -> str:
    """Return the page with each table between markers regenerated.

    Raises ``ValueError`` for a page without the markers of a table.
    """
    with translation.override("en"):  # the language of the page
        tables = {
            "settings": settings_table(),
            "config": fields_table("KlantenConfig"),
            "bronnen": fields_table("NhrBron"),
        }
    for name, table in tables.items():
        marks = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        page, count = re.subn(
            marks, rf"\g<1>\n{_literal(table)}\n\g<2>", page, flags=re.DOTALL
        )
        if count != 1:
            raise ValueError(f"{PAGE.name} has no place for {name}.")
    return page


def settings_table() -> str:
    """Return a table with a row for each setting of the plugin."""
    found = [
        value for value in vars(KlantenSettings).values() if isinstance(value, Setting)
    ]
    rows = [
        (f"`{one.name}`<br>{TYPES[type(one.default)]}, `{one.default!r}`", one.help)
        for one in found
    ]
    return table(("setting, kind and default", "meaning"), rows)


def fields_table(name: str) -> str:
    """Return a table with a row for each field that administrators fill in."""
    model: Any = apps.get_model("klanten_plugin", name)
    fields = (*model._meta.concrete_fields, *model._meta.many_to_many)
    rows = []
    for field in fields:
        if not field.editable or field.primary_key or field.name == "config":
            continue
        with translation.override("nl"):  # as administrators see it
            label = str(field.verbose_name)
        chosen = ", ".join(str(label) for _value, label in field.flatchoices)
        help_text = " ".join(filter(None, [str(field.help_text), chosen]))
        rows.append((label[:1].upper() + label[1:], f"`{field.name}`", help_text))
    return table(("in the admin", "field", "meaning"), rows)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _literal(text: str) -> str:
    return text.replace("\\", r"\\")


if __name__ == "__main__":
    django.setup()
    before = PAGE.read_text(encoding="utf-8")
    after = updated(before)
    PAGE.write_text(after, encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {'unchanged' if after == before else 'updated'}\n")
