"""A column of bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

BLOCK = 8192
"""Bits in one value: 1 KB, which PostgreSQL keeps in the row itself.

Part of the columns that migrations made, so it never changes.
"""


if TYPE_CHECKING:
    Field = models.Field[str, str]
else:  # which isn't generic at run time
    Field = models.Field


class BitsField(Field):
    """``bit(8192)``: read as a text of zeros and ones."""

    def db_type(self, connection: Any) -> str:
        """The type of the column."""
        return f"bit({BLOCK})"
