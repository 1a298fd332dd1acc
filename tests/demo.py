"""Setting up the demo host in this process."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command


def set_up(**content: Any) -> None:
    """Configure the host of this process, as the launcher does."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "setup.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        call_command("testapp_setup", str(file))
