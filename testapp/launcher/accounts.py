"""The account that runs PostgreSQL, and a folder that it can access.

PostgreSQL refuses to run as root, so root runs it as `postgres` or `nobody`. Such an
account can't access a checkout under /root, or in any folder with restricted
permissions. In that case its programs and data are stored in a folder for this checkout
under /var/lib (or /var/tmp), whose parents belong to root, so that no other user can
have prepared it. `--fresh` empties that folder. Delete it manually when you delete the
checkout.
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
from testapp.launcher.layout import Layout

_ACCOUNTS = ("postgres", "nobody")
_SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - checked below
_NAME = "klanten-testapp"


def server_account() -> str | None:
    """Return the account to run PostgreSQL as, or None if we can run it ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for account in _ACCOUNTS:
        if account in known:
            return account
    raise LauncherError(
        "PostgreSQL refuses to run as root, and there is no account `postgres` or "
        "`nobody` to run it as: run this as an ordinary user, or set DATABASE_URL"
    )


def run_as(
    account: str | None, command: list[str], *, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a short command as the account, in a folder that it can access."""
    env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    options: dict[str, object] = {}
    if account:
        group = pwd.getpwnam(account).pw_gid
        options = {"user": account, "group": group, "extra_groups": []}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        command,
        cwd="/",
        env=env,
        input=text or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
        **options,
    )


def can_enter(account: str | None, folder: Path) -> bool:
    """Return whether the account can access the folder, by testing it."""
    if account is None:
        return True
    return (
        run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0
    )


def server_folder(layout: Layout, account: str | None) -> Path:
    """Return the folder for PostgreSQL's data and programs of this checkout."""
    if can_enter(account, layout.data):
        return layout.data
    name = hashlib.sha256(os.fsencode(layout.data)).hexdigest()[:12]
    for parent in _SYSTEM_FOLDERS:
        if os.access(parent, os.W_OK):
            folder = root_folder(root_folder(parent / _NAME) / name)
            if can_enter(account, folder):
                return folder
    raise LauncherError(
        f"PostgreSQL can't run as root, and {account} can't reach {layout.data}: set "
        "TESTAPP_DIR to a folder that is open to others, or set DATABASE_URL"
    )


def root_folder(path: Path) -> Path:
    """Create a folder that others may enter but not write. Refuse any other folder."""
    path.mkdir(mode=0o755, exist_ok=True)
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
        shutil.chown(path, account, pwd.getpwnam(account).pw_gid)
    return path
