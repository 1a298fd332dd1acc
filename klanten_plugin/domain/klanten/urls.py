"""Under which URLs is a klant of ours known?

The remote filters compare URLs byte for byte, so every form counts: the suite's own
domain, and the aliases that the administrator configured. What is under no such address
is a klant of another Klanten API.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...constants import UUID_PATTERN
from ...models import KlantenConfig
from .changes import own_collection_url

COLLECTION = "klanten"


@dataclass(frozen=True)
class OwnAddresses:
    """The URLs of our collection of klanten, each without slash at its end."""

    collections: tuple[str, ...]

    def urls_of(self, uuid: UUID) -> list[str]:
        """Every URL under which this klant may be known."""
        return [f"{collection}/{uuid}" for collection in self.collections]

    def is_ours(self, klant_url: str) -> bool:
        """Whether the URL is of a klant of this API, existing or not."""
        return self._tail(klant_url) is not None

    def uuid_of(self, klant_url: str) -> UUID | None:
        """The UUID in a URL of ours, in any spelling; ``None`` if it holds none."""
        tail = self._tail(klant_url) or ""
        return UUID(tail) if UUID_PATTERN.fullmatch(tail) else None

    def _tail(self, klant_url: str) -> str | None:
        for collection in self.collections:
            if klant_url.startswith(f"{collection}/"):
                return klant_url[len(collection) + 1 :]
        return None


def own_addresses() -> OwnAddresses:
    """The addresses as they are configured now."""
    aliases = KlantenConfig.get_solo().rollen_aliassen
    collections = [own_collection_url()]
    collections += [f"{alias.rstrip('/')}/{COLLECTION}" for alias in aliases]
    return OwnAddresses(tuple(dict.fromkeys(collections)))
