"""The data folder of a checkout: a single folder, ignored by git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The data folder of the launcher."""

    data: Path

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def keys(self) -> Path:
        return self.data / "keys.json"

    @property
    def ports(self) -> Path:
        """Return the file with the last ports of the other systems of the demo."""
        return self.data / "ports.json"

    @property
    def running(self) -> Path:
        """Return the file with the addresses of the running demo, if there is one."""
        return self.data / "running.json"

    @property
    def lock(self) -> Path:
        """Return the file that the running demo locks."""
        return self.data / "lock"

    def prepare(self) -> None:
        """Create the folder, and make git ignore it wherever it is."""
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.data / ".gitignore").write_text("*\n", encoding="utf-8")


def find_layout(environ: Mapping[str, str]) -> Layout:
    """Return the layout of this checkout, with TESTAPP_DIR as data folder if set."""
    chosen = environ.get("TESTAPP_DIR")
    return Layout(
        Path(chosen).expanduser().resolve() if chosen else CHECKOUT / ".testapp"
    )
