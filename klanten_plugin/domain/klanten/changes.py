"""The context of a change: its actor, the origin of its values, and the URL.

It is needed for the audit line, the provenance of contact data and the URL in
notifications.
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
    """The actor of a change, with the field names of ``AuditTrail``."""

    applicatie_id: str = ""
    applicatie_weergave: str = ""
    gebruikers_id: str = ""
    gebruikers_weergave: str = ""
    toelichting: str = ""
    logrecord_id: str = ""


class Writer(models.TextChoices):
    """The kinds of writers, as stored in the provenance of a field."""

    CONSUMER = "consumer", _("Een applicatie (via de API)")
    ADMINISTRATOR = "beheerder", _("Een beheerder")
    REGISTER = "register", _("Het NHR")


@dataclass(frozen=True)
class Origin:
    """The origin of the values of a change.

    ``sources`` maps each field from the register to the name of its source. It is empty
    for other writers.
    """

    writer: Writer = Writer.CONSUMER
    sources: Mapping[str, str] = field(default_factory=dict)


def register_actor(taken: Mapping[str, str], emptied: Mapping[str, str]) -> Actor:
    """Return the actor in the audit trail for a change by the register.

    Both arguments map fields, as the API spells them, to the source of their value.
    """
    parts = (
        (gettext("Overgenomen uit het NHR"), taken),
        (gettext("Leeggemaakt: niet (meer) in het NHR"), emptied),
    )
    return Actor(
        applicatie_id="klanten_plugin",
        applicatie_weergave="NHR-verversing",
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
    """The context of a change.

    ``actor`` is recorded in the audit trail, and ``origin`` determines the provenance
    of the contact data. ``collection_url`` is the absolute URL of ``/klanten`` in the
    request. ``partial`` distinguishes PATCH from PUT. A ``silent`` change sends no
    notification. For a change ``in_bulk``, look-ups in the trade register are spread
    over time.
    """

    actor: Actor = field(default_factory=Actor)
    collection_url: str = field(default_factory=own_collection_url)
    partial: bool = False
    origin: Origin = field(default_factory=Origin)
    silent: bool = False
    in_bulk: bool = False

    def url_of(self, klant: Klant) -> str:
        """Return the absolute URL of the klant."""
        return f"{self.collection_url}/{klant.uuid}"
