"""The data folder of a checkout: a single folder, ignored by git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The checkout, and the data folder of the launcher."""

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
        """Return the file with the last ports of the other systems of the demo."""
        return self.data / "ports.json"

    @property
    def runtime(self) -> Path:
        """Return the file with the addresses of the running demo, if there is one."""
        return self.data / "runtime.json"

    def prepare(self) -> None:
        """Create the folder, and make git ignore it wherever it is."""
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.data / ".gitignore").write_text("*\n", encoding="utf-8")


def find_layout(environ: Mapping[str, str]) -> Layout:
    """Return the layout of this checkout, with TESTAPP_DIR as data folder if set."""
    chosen = environ.get("TESTAPP_DIR")
    data = Path(chosen).expanduser().resolve() if chosen else CHECKOUT / ".testapp"
    return Layout(CHECKOUT, data)
