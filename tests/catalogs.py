"""Check and update the catalogs of translations.

``python -m tests.catalogs`` updates them: new texts are added, old ones are removed,
and the catalogs are compiled. The texts in the code are Dutch, so the Dutch catalog is
filled automatically; without one, Django would fall back to the language of the host.
New texts in the English one have to be translated manually.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from django.utils.translation.template import templatize

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import klanten_plugin

ROOT = Path(klanten_plugin.__file__).parent
LOCALE = ROOT / "locale"
SOURCE, LANGUAGES = "nl", ("nl", "en")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "gettext_noop": None,
    "pgettext_lazy": ((1, "c"), 2),
}
# so that the files only differ if the texts do
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

Key = tuple[str, object]


def path_of(language: str, suffix: str = "po") -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"django.{suffix}"


def _sources() -> Iterator[bytes]:
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.read_bytes()
    for path in sorted(ROOT.rglob("*.html")):
        lines = templatize(path.read_text()).splitlines()
        yield "\n".join(line.strip() for line in lines).encode()


def extracted() -> Catalog:
    """Return all translatable texts of the code and the templates."""
    catalog = Catalog()
    for source in _sources():
        for _line, message, _comments, context in extract(
            "python", BytesIO(source), KEYWORDS
        ):
            catalog.add(message, context=context)
    return catalog


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """Return the compiled file that Django reads."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def keys(catalog: Catalog) -> set[Key]:
    return {(message.context or "", message.id) for message in catalog if message.id}


def update(language: str) -> int:
    """Update one catalog, and return the number of untranslated texts."""
    catalog = Catalog(
        locale=language,
        project="klanten_plugin",
        version="1",
        creation_date=MOMENT,
        revision_date=MOMENT,
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        header_comment="# The texts in the code are Dutch.",
        fuzzy=False,
    )
    old = read(language) if path_of(language).exists() else Catalog()
    for message in extracted():
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        text = known.string if known else ""
        if language == SOURCE:
            text = message.id
        catalog.add(message.id, text, context=message.context)
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        write_po(file, catalog, no_location=True, sort_output=True, width=88)
    path_of(language, "mo").write_bytes(compiled(read(language)))
    return sum(not message.string for message in catalog if message.id)


if __name__ == "__main__":
    for each in LANGUAGES:
        sys.stdout.write(f"{each}: {update(each)} texts to translate\n")
