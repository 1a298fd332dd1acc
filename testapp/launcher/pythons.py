"""The environment of tox: the Pythons of the machine, and the settings of pip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from testapp.launcher.host import python

# The first available one runs the complete quick part; see tox.ini.
_WHOLE = {"python3.12": "py312-newest", "python3.13": "py313-newest"}
_QUICK = "--part=quick --cov --cov-report= --cov-fail-under=0"
# pip's settings by the names that uv uses; uv doesn't read pip.conf.
_PIP_FOR_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def tox_environment(work: Path) -> dict[str, str]:
    """Return the environment of tox, which works in a folder."""
    path = _path_with_all_pythons()
    ours = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    found = [each for each in _WHOLE if shutil.which(each, path=path)]
    whole, part = (found[0], _WHOLE[found[0]]) if found else (ours, "py311-oldest")
    added = {
        "PATH": path,
        "TESTAPP_PYTHON": ours,
        "TESTAPP_WHOLE": whole,
        "TESTAPP_TOX_DIR": str(work),
        f"PART_{part}": _QUICK,
    }
    if whole != "python3.11":
        # it costs far less than a trace function, but Python 3.11 lacks it
        added["COVERAGE_CORE"] = "sysmon"
    listing = subprocess.run(
        python("pip", "config", "list"), stdout=subprocess.PIPE, text=True, check=False
    ).stdout
    return pip_settings_for_uv(listing) | os.environ | added


def pip_settings_for_uv(listing: str) -> dict[str, str]:
    """Return uv's variables for the output of `pip config list`."""
    found = re.findall(r"^(\S+)\.([a-z-]+)='(.*)'$", listing, re.MULTILINE)
    # As with pip, the environment takes precedence over the files.
    found.sort(key=lambda each: each[0] == ":env:")
    return {_PIP_FOR_UV[name]: value for _, name, value in found if name in _PIP_FOR_UV}


def _path_with_all_pythons() -> str:
    """Return PATH with python3.11, python3.12 …

    pyenv exposes only the active versions, so all come before its shims. Our own Python
    may not be on any PATH.
    """
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    # it may be the folder of another user, such as root
    folders = sorted(root.iterdir(), reverse=True) if os.access(root, os.R_OK) else []
    versions = [
        str(folder / "bin")
        for folder in folders
        if re.fullmatch(r"3\.1[1-9]\.\d+", folder.name)
    ]
    given = os.environ.get("PATH", os.defpath)
    return os.pathsep.join([*versions, given, str(Path(sys.base_prefix) / "bin")])
