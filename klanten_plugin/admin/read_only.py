"""Base classes for rows that administrators don't create."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest


class NotMadeByHand:
    """Rows that can't be added or deleted in the admin."""

    class Media:
        """The stylesheet of the plugin."""

        css: ClassVar = {"all": ("klanten_plugin/admin.css",)}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return false: rows are created by workers or by other changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return false: rows are deleted with their object, or by a task."""
        return False


class ReadOnly(NotMadeByHand):
    """Rows that can't be changed in the admin."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return false."""
        return False
