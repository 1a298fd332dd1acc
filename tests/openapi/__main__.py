"""``python -m tests.openapi`` writes the document; ``--check`` compares with the file."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import django
from django.utils import translation


def main(*arguments: str) -> str | None:
    """Write the file, or return why it isn't up to date."""
    from klanten_plugin.api import documents
    from klanten_plugin.constants import LANGUAGE

    from .document import generate_document

    with translation.override(LANGUAGE):
        content = documents.to_yaml(generate_document())
    path = Path(str(files("klanten_plugin.api") / documents.DOCUMENT))
    if "--check" not in arguments:
        path.write_bytes(content)
    elif path.read_bytes() != content:
        return f"{path.name} isn't up to date: run python -m tests.openapi"
    return None


if __name__ == "__main__":
    django.setup()
    sys.exit(main(*sys.argv[1:]))
