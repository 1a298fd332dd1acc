"""`testapp_reference`: generate the tables of docs/configuration.md from the code."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from klanten_plugin.conf import KlantenSettings, Setting
from klanten_plugin.models import KlantenConfig, NhrBron

PAGE = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"

TYPES = {bool: "yes or no", int: "number", float: "number", str: "text", tuple: "tuple"}


class Command(BaseCommand):
    """Write the tables, or report whether they are up to date."""

    help = "Make the tables of docs/configuration.md from the settings and models."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--check``, which compares and writes nothing."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page, or compare it."""
        before = PAGE.read_text(encoding="utf-8")
        with translation.override("en"):  # the language of the page
            after = with_tables(before)
        if not options["check"]:
            PAGE.write_text(after, encoding="utf-8")
        elif after != before:
            raise CommandError(f"{PAGE.name} is out of date: run testapp_reference.")


def with_tables(page: str) -> str:
    """Return the page with each table between markers regenerated."""
    tables = {
        "settings": settings_table(),
        "config": fields_table(KlantenConfig),
        "bronnen": fields_table(NhrBron),
    }
    for name, table in tables.items():
        marks = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        page, count = re.subn(
            marks, rf"\g<1>\n{_literal(table)}\n\g<2>", page, flags=re.DOTALL
        )
        if count != 1:
            raise CommandError(f"{PAGE.name} has no place for {name}.")
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


def fields_table(model: Any) -> str:
    """Return a table with a row for each field that administrators fill in."""
    fields = (*model._meta.concrete_fields, *model._meta.many_to_many)
    rows = []
    for field in fields:
        if (
            not field.editable
            or field.primary_key
            or field.related_model is KlantenConfig
        ):
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
