"""The entries in the list of findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

APP_LABEL = "klanten_plugin"


@dataclass(frozen=True)
class Kind:
    """A kind of problem.

    The texts are templates for ``str.format``, which all get the same values.
    """

    what: str | Promise
    why: str | Promise
    mend: str | Promise

    def texts(self, values: dict[str, Any]) -> tuple[str, str, str]:
        """Return problem, consequence and remedy, formatted in the active language."""
        what, why, mend = (
            str(text).format(**values) for text in (self.what, self.why, self.mend)
        )
        return what, why, mend
