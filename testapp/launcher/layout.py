"""Where everything of one checkout is kept: a single ignored folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The checkout, and the data folder with what the launcher makes."""

    checkout: Path
    data: Path

    @property
    def venv(self) -> Path:
        return self.data / "venv"

    @property
    def tox_venv(self) -> Path:
        return self.data / "tox-venv"

    @property
    def tox_work(self) -> Path:
        return self.data / "tox"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def keys(self) -> Path:
        return self.data / "keys.json"

    @property
    def ports(self) -> Path:
        """Where the other systems of the demo listened last."""
        return self.data / "ports.json"

    @property
    def runtime(self) -> Path:
        """How to connect to the demo that runs now; absent when none does."""
        return self.data / "runtime.json"

    def prepare(self) -> None:
        """Make the folder, ignored by git wherever it is."""
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.data / ".gitignore").write_text("*\n", encoding="utf-8")


def find_layout(environ: Mapping[str, str]) -> Layout:
    """Return the layout of this checkout, with TESTAPP_DIR as data folder if set."""
    chosen = environ.get("TESTAPP_DIR")
    data = Path(chosen).expanduser().resolve() if chosen else CHECKOUT / ".testapp"
    return Layout(CHECKOUT, data)
