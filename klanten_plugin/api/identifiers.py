"""UUIDs in paths."""

import re
from uuid import UUID

from rest_framework.exceptions import NotFound

HEXADECIMAL = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
    re.IGNORECASE | re.ASCII,
)


def uuid_from_path(text: str) -> UUID:
    """The UUID, in any case, with or without hyphens; ``NotFound`` for all else.

    ``UUID()`` alone also takes braces, and hyphens anywhere.
    """
    if not HEXADECIMAL.fullmatch(text):
        raise NotFound
    return UUID(text)
