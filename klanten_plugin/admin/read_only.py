"""Who may do what with rows that no administrator makes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest


class NotMadeByHand:
    """Rows that come and go with something else."""

    class Media:
        """The style of our own pages, on Django's."""

        css: ClassVar = {"all": ("klanten_plugin/admin.css",)}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A worker makes them, a change of a klant, or a choice in the configuration."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What they are about takes them along; what is done is removed in time."""
        return False


class ReadOnly(NotMadeByHand):
    """Rows that aren't ours to change either."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What they say is somebody else's word."""
        return False
