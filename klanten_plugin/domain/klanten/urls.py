"""Recognise URLs of klanten of this API in any spelling.

Owners of relations accept every URL that returns 200, and filter byte for byte. A
relation can therefore have any spelling of the URL: another name of this host, other
case, a query string, percent-encoding, a UUID without hyphens.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.utils.translation import gettext_lazy

from ...conf import host_names
from ...constants import UUID_PATTERN
from ...models import KlantenConfig
from .addresses import own_collection_url

COLLECTION = "klanten"

DEFAULT_PORTS = {"http": 80, "https": 443}

NO_URL = gettext_lazy("geen URL van een klant: geen http- of https-adres")
ELSEWHERE = gettext_lazy("de klant heeft een adres dat niet van deze Klanten API is")


@dataclass(frozen=True)
class Place:
    """A normalised URL: ``host`` in lower case, ``port`` ``None`` for the default.

    The scheme is ignored: a host that moved to https may still answer http.
    """

    host: str
    port: int | None
    path: str


def place_of(url: str) -> Place | None:
    """Return the normalised URL, or ``None`` if it isn't an http or https URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    except (ValueError, UnicodeError):
        return None
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return None
    if port == DEFAULT_PORTS[scheme]:
        port = None
    path = unquote(parts.path)
    # normpath keeps two leading slashes, and drops a trailing one
    tail = "/" if path.endswith("/") and len(path) > 1 else ""
    return Place(host.lower(), port, f"/{posixpath.normpath(path).lstrip('/')}{tail}")


@dataclass(frozen=True)
class OwnAddresses:
    """The URLs of the collection of klanten, without trailing slashes.

    The first is the canonical one. ``hosts`` are other names of this host, at any port.
    """

    collections: tuple[str, ...]
    hosts: frozenset[str] = frozenset()

    def urls_of(self, uuid: UUID) -> list[str]:
        """Return the URL of this klant under each address."""
        return [f"{collection}/{uuid}" for collection in self.collections]

    def is_ours(self, klant_url: str) -> bool:
        """Whether the URL is of a klant of this API, existing or not."""
        return self._tail(klant_url) is not None

    def uuid_of(self, klant_url: str) -> UUID | None:
        """Return the UUID in a URL of this API in any spelling, or ``None``."""
        tail = self._tail(klant_url) or ""
        return UUID(tail) if UUID_PATTERN.fullmatch(tail) else None

    def reason(self, klant_url: str) -> str:
        """Return the reason why this isn't a URL of this API."""
        return str(NO_URL if place_of(klant_url) is None else ELSEWHERE)

    def _tail(self, klant_url: str) -> str | None:
        for collection in self.collections:
            # fast path: the usual spelling needs no parsing
            tail = klant_url.removeprefix(f"{collection}/")
            if tail != klant_url and UUID_PATTERN.fullmatch(tail):
                return tail
        place = place_of(klant_url)
        return None if place is None else self._tail_of(place)

    def _tail_of(self, place: Place) -> str | None:
        for number, collection in enumerate(self.collections):
            own = place_of(collection)
            if own is None or not place.path.startswith(f"{own.path}/"):
                continue
            is_here = (own.host, own.port) == (place.host, place.port)
            if is_here or (number == 0 and place.host in self.hosts):
                return place.path[len(own.path) + 1 :]
        return None


def own_addresses() -> OwnAddresses:
    """Return the addresses in the current configuration."""
    aliases = KlantenConfig.get_solo().rollen_aliassen
    collections = [own_collection_url()]
    collections += [f"{alias.rstrip('/')}/{COLLECTION}" for alias in aliases]
    return OwnAddresses(tuple(dict.fromkeys(collections)), host_names())
