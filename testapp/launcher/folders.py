"""The data folder of a checkout, the folder of its servers, and their account.

PostgreSQL refuses to run as root, so root runs it as `nobody`. That account can't enter a
checkout under /root, or any folder with restricted permissions. In that case its programs
and data are stored in a folder for this checkout under /var/lib. `--fresh` empties that
folder. Delete it manually when you delete the checkout.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_FOR_ROOT = Path("/var/lib/klanten-testapp")


def data_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of TESTAPP_DIR, or .testapp in this checkout.

    It is created, and ignored by git wherever it is.
    """
    chosen = environ.get("TESTAPP_DIR")
    data = Path(chosen).expanduser().resolve() if chosen else CHECKOUT / ".testapp"
    (data / "logs").mkdir(parents=True, exist_ok=True)
    (data / ".gitignore").write_text("*\n", encoding="utf-8")
    return data


def server_account() -> str | None:
    """Return the account to run PostgreSQL as, or None if we can run it ourselves."""
    return "nobody" if os.geteuid() == 0 else None


def server_folder(data: Path) -> Path:
    """Return the folder for PostgreSQL's data and programs of this checkout."""
    parents = (data, *data.parents)
    if not server_account() or all(
        each.stat().st_mode & stat.S_IXOTH for each in parents
    ):
        return data
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return open_folder(open_folder(_FOR_ROOT) / name)


def open_folder(path: Path) -> Path:
    """Create a folder that every account can enter, whatever the umask."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path


def own_folder(path: Path, account: str | None) -> Path:
    """Create an empty folder of the account, without access for others."""
    path.mkdir(mode=0o700)
    if account:
        shutil.chown(path, account)
    return path
