"""A custom source, which provides every field with values of the test."""

from __future__ import annotations

from typing import Any, ClassVar

from klanten_plugin.clients.nhr.protocol import Answer
from klanten_plugin.constants import CONTACT_FIELDS, NhrSoort
from klanten_plugin.models import KlantenConfig, NhrBron
from klanten_plugin.models.nhr import NhrNummer

PATH = f"{__name__}.OwnSource"


class OwnSource:
    """A class for a dotted path."""

    name = "Eigen bron"
    soorten = frozenset(NhrSoort)
    fields: ClassVar[frozenset[str]] = frozenset(CONTACT_FIELDS)
    values: ClassVar[dict[str, Any]] = {}

    def __init__(self, service: Any) -> None:
        assert service is None

    def look_up(self, number: NhrNummer) -> Answer:
        return Answer(values=self.values)


class NotASource:
    """Has a name, but nothing else of a source."""

    name = "Geen bron"

    def __init__(self, service: Any) -> None: ...


def choose_own_source(path: str = PATH) -> None:
    """Make it the only source."""
    NhrBron.objects.all().delete()
    config = KlantenConfig.get_solo()
    NhrBron.objects.create(config=config, soort="eigen", class_path=path)
