"""A model field for PostgreSQL's ``bit(n)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

BLOCK = 8192
"""Bits in one value: 1 KB, which PostgreSQL stores inline in the row.

It is part of column types in migrations, so it must never change. """


if TYPE_CHECKING:
    Field = models.Field[str, str]
else:  # which isn't generic at run time
    Field = models.Field


class BitsField(Field):
    """``bit(8192)``, read as a string of zeros and ones."""

    def db_type(self, connection: Any) -> str:
        """The type of the column."""
        return f"bit({BLOCK})"
