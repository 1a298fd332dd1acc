"""The circumstances of a change: who makes it, whose values they are, under which URL.

What a change needs beyond its values, for the audit line, for the provenance of the
contact data and for the URL that subscribers are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext, gettext_lazy as _

from ...models import Klant
from .addresses import own_collection_url


@dataclass(frozen=True)
class Actor:
    """Who makes the change, in the words of the audit trail (``AuditTrail``)."""

    applicatie_id: str = ""
    applicatie_weergave: str = ""
    gebruikers_id: str = ""
    gebruikers_weergave: str = ""
    toelichting: str = ""
    logrecord_id: str = ""


class Writer(models.TextChoices):
    """The kinds of writers, spelled as the provenance of a field holds them."""

    CONSUMER = "consumer", _("Een applicatie (via de API)")
    ADMINISTRATOR = "beheerder", _("Een beheerder")
    REGISTER = "register", _("Het NHR")


@dataclass(frozen=True)
class Origin:
    """Whose values a change writes.

    ``sources`` maps each field that the register gave to the name of the source that
    gave it; it is empty for other writers.
    """

    writer: Writer = Writer.CONSUMER
    sources: Mapping[str, str] = field(default_factory=dict)


ADMINISTRATOR = Origin(Writer.ADMINISTRATOR)


def from_register(sources: Mapping[str, str]) -> Origin:
    """The origin of values of the trade register; see :class:`Origin`."""
    return Origin(Writer.REGISTER, sources)


REGISTER_APPLICATION = "NHR-verversing"


def register_actor(taken: Mapping[str, str], emptied: Mapping[str, str]) -> Actor:
    """Who the audit trail names for a change of the register's: the refresh itself.

    Both map fields, as the API spells them, to the source that gave or had given them.
    """
    parts = (
        (gettext("Overgenomen uit het NHR"), taken),
        (gettext("Leeggemaakt: niet (meer) in het NHR"), emptied),
    )
    return Actor(
        applicatie_id="klanten_plugin",
        applicatie_weergave=REGISTER_APPLICATION,
        toelichting="; ".join(
            f"{text} ({_by_source(fields)})" for text, fields in parts if fields
        ),
    )


def _by_source(fields: Mapping[str, str]) -> str:
    by_source: dict[str, list[str]] = {}
    for name, source in fields.items():
        by_source.setdefault(source, []).append(name)
    return "; ".join(
        f"{source}: {', '.join(names)}" for source, names in by_source.items()
    )


@dataclass(frozen=True)
class ChangeContext:
    """The circumstances of a change.

    ``actor`` is named in the audit trail; ``origin`` decides what the change means for
    the provenance of the contact data. ``collection_url`` is the absolute URL of
    ``/klanten`` as the one who makes the change sees it; ``partial`` tells a PATCH from
    a PUT. Of a ``silent`` change no subscriber is told; one ``in_bulk`` is one of so
    many that the trade register is asked about them little by little.
    """

    actor: Actor = field(default_factory=Actor)
    collection_url: str = field(default_factory=own_collection_url)
    partial: bool = False
    origin: Origin = field(default_factory=Origin)
    silent: bool = False
    in_bulk: bool = False

    def url_of(self, klant: Klant) -> str:
        """The absolute URL of the klant."""
        return f"{self.collection_url}/{klant.uuid}"
