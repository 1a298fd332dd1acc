"""What a peer keeps in a file, so that it is still there when it starts again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class KeptFile:
    """One JSON document, for one process; without a path nothing is kept."""

    path: Path | None = None

    def read(self) -> Any:
        """What was written last, ``None`` if nothing was."""
        if self.path is None or not self.path.exists():
            return None
        return json.loads(self.path.read_text(encoding="utf-8"))

    def write(self, content: Any) -> None:
        """Write all of it, whole or not at all: whoever kills us leaves no half."""
        if self.path is None:
            return
        fresh = self.path.with_name(f"{self.path.name}.new")
        with fresh.open("w", encoding="utf-8") as stream:
            json.dump(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self.path)
