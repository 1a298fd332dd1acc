"""The shape of an entry in the list of findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

APP_LABEL = "klanten_plugin"


@dataclass(frozen=True)
class Kind:
    """Something that can be wrong.

    The texts are templates for ``str.format``; all three get the same values.
    """

    what: str | Promise
    why: str | Promise
    mend: str | Promise

    def texts(self, values: dict[str, Any]) -> tuple[str, str, str]:
        """Return what, why and mend, filled in and in the active language."""
        what, why, mend = (
            str(text).format(**values) for text in (self.what, self.why, self.mend)
        )
        return what, why, mend
