"""The account that runs PostgreSQL, and a folder that it can access.

PostgreSQL refuses to run as root, so root runs it as `postgres` or `nobody`. Such an
account can't access a checkout under /root, or in any folder with restricted
permissions. In that case its programs and data are stored in a folder for this checkout
under /var/lib, whose parents belong to root. `--fresh` empties that folder. Delete it
manually when you delete the checkout.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from testapp.launcher.errors import LauncherError
from testapp.launcher.guard import guarded
from testapp.launcher.layout import Layout

_ACCOUNTS = {"postgres", "nobody"}
_FOR_ROOT = Path("/var/lib/klanten-testapp")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""The variables of PostgreSQL and its programs."""


def server_account() -> str | None:
    """Return the account to run PostgreSQL as, or None if we can run it ourselves."""
    if os.geteuid() != 0:
        return None
    known = _ACCOUNTS & {entry.pw_name for entry in pwd.getpwall()}
    if not known:
        raise LauncherError(
            "PostgreSQL refuses to run as root, and there is no account `postgres` or "
            "`nobody` to run it as: run this as an ordinary user, or set DATABASE_URL"
        )
    return max(known)


def run_as(account: str | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command as the account, in a folder that it can access."""
    return subprocess.run(
        guarded(command, user=account),
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def server_folder(layout: Layout) -> Path:
    """Return the folder for PostgreSQL's data and programs of this checkout."""
    account = server_account()
    enter = ["/bin/sh", "-c", 'cd "$1"', "sh", str(layout.data)]
    if account is None or run_as(account, enter).returncode == 0:
        return layout.data
    name = hashlib.sha256(os.fsencode(layout.data)).hexdigest()[:12]
    return root_folder(root_folder(_FOR_ROOT) / name)


def root_folder(path: Path) -> Path:
    """Create a folder that others may enter but not write. Refuse any other folder."""
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    found = path.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.geteuid()
        or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ):
        raise LauncherError(f"{path} should be a folder that only root can write")
    path.chmod(0o755)
    return path


def own_folder(path: Path, account: str | None) -> Path:
    """Create an empty folder of the account, without access for others."""
    path.mkdir(mode=0o700)
    if account:
        shutil.chown(path, account)
    return path
