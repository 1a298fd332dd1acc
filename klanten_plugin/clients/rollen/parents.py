"""Read the contactmoment or verzoek of a role, for display."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ...exceptions import PermanentRemoteError
from ...models import RolBron
from ...models.relaties import owner_urls
from ..http.exchange import exchange
from .lists import RELATIE

LENGTH = 200
"""Maximum length of a text of the owner."""


@dataclass(frozen=True)
class Parent:
    """The identifying data of a contactmoment or verzoek; missing values are ""."""

    identificatie: str
    registered_at: datetime | None
    kanaal: str
    onderwerp: str


def read_parent(bron: RolBron, url: str) -> Parent | None:
    """Fetch a contactmoment or verzoek; ``None`` if it doesn't exist.

    ``url`` is that of the contactmoment or verzoek. Raises a :class:`RemoteError` if
    the owner doesn't respond, or if the URL isn't under its root.
    """
    urls = owner_urls(bron)
    if not urls.holds_parent(url):
        raise PermanentRemoteError(
            _("Dit adres ligt niet onder {service}.").format(service=bron.service.label)
        )
    reply = exchange(bron.service, "GET", urls.under_root(url))
    body = RELATIE.read(reply, bron.service.label)
    if body is None:
        return None
    return Parent(
        identificatie=_text(body.get("identificatie")),
        registered_at=_moment(body.get("registratiedatum")),
        kanaal=_text(body.get("kanaal") or body.get("voorkeurskanaal")),
        # Open Klant's field first; the standard has a text without a subject line
        onderwerp=_text(body.get("onderwerp") or body.get("tekst")),
    )


def _text(value: Any) -> str:
    """Return the first line of a text, truncated."""
    lines = value.strip().splitlines() if isinstance(value, str) else []
    return "".join(filter(str.isprintable, lines[0]))[:LENGTH] if lines else ""


def _moment(value: Any) -> datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
