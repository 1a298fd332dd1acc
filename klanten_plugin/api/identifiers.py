"""UUIDs in paths."""

from uuid import UUID

from rest_framework.exceptions import NotFound

from ..constants import UUID_PATTERN


def uuid_from_path(text: str) -> UUID:
    """Parse a UUID in any case, with or without hyphens. Raises ``NotFound``."""
    if not UUID_PATTERN.fullmatch(text):
        raise NotFound
    return UUID(text)
