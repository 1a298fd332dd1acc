"""Persistence of a peer in a file, so that restarts keep its data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testapp.launcher.keys import write_private


@dataclass(frozen=True)
class KeptFile:
    """A JSON document for one process. Without a path nothing is persisted."""

    path: Path | None = None

    def read(self) -> Any:
        """Return the last written value, or ``None``."""
        if self.path is None or not self.path.exists():
            return None
        return json.loads(self.path.read_text(encoding="utf-8"))

    def write(self, content: Any) -> None:
        """Write the value atomically, because the process may be killed at any time."""
        if self.path is not None:
            write_private(self.path, json.dumps(content))
