"""``manage.py klanten_openapi``: generate the OpenAPI document from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy

from ...api import documents, urls
from ...api.schema import generate_document
from ...constants import LANGUAGE
from ..translated import TranslatedCommand


class Command(TranslatedCommand):
    """Write the document that the API serves, or check whether it is up to date."""

    description = gettext_lazy(
        "Genereer het OpenAPI-document van de Klanten API uit de code."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """``--check`` compares without writing."""
        parser.add_argument(
            "--check",
            action="store_true",
            help=_("Schrijf niets; eindig met 1 als het document verouderd is."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file in the package, or compare with it."""
        path = Path(documents.__file__).with_name(documents.DOCUMENT)
        with translation.override(LANGUAGE):
            document = generate_document(urls.resources)
        content = documents.to_yaml(document).decode()
        if not options["check"]:
            path.write_text(content, encoding="utf-8")
            self.stdout.write(_("{path}: geschreven").format(path=path.name))
        elif path.read_text(encoding="utf-8") != content:
            raise CommandError(
                _("{path} is verouderd: draai klanten_openapi.").format(path=path.name)
            )
