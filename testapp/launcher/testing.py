"""`python3 -m testapp test`: run all checks with tox, with the services available."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from testapp.launcher.console import Console, log_file
from testapp.launcher.folders import CHECKOUT, open_folder, server_folder
from testapp.launcher.host import python
from testapp.launcher.keys import Keys
from testapp.launcher.locks import exclusive
from testapp.launcher.processes import Part, Supervisor
from testapp.launcher.services import Urls, start_services

# Without arguments, run four environments in parallel. The smallest machine has two
# cores, but the faults and the slow part mostly wait. The output of each is shown when
# it is done.
_AT_ONCE = ("run-parallel", "--parallel", "4")
_FOLDER = "test-services"
# The first available one runs the complete quick part; see tox.ini.
_WHOLE = {"python3.12": "py312-newest", "python3.13": "py313-newest"}
_QUICK = "--part=quick --cov --cov-report= --cov-fail-under=0"
# pip's settings by the names that uv uses; uv doesn't read pip.conf.
_PIP_FOR_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def run_checks(data: Path, arguments: list[str]) -> int:
    """Run tox with these arguments, and return its exit status."""
    with exclusive(data / "test.lock", once="the test command"):
        work = data / "tox"
        for stale in (work / "junit", work / "coverage"):
            shutil.rmtree(stale, ignore_errors=True)
        with (
            throwaway_services(data) as urls,
            Supervisor(Console(sys.stdout)) as supervisor,
        ):
            tox = Part(
                name="tox",
                command=python("tox", *(arguments or _AT_ONCE)),
                cwd=CHECKOUT,
                env=tox_environment(work) | urls.environment(),
                # tox cleans up after it, unlike after SIGTERM
                stop_signal=signal.SIGINT,
                grace=15,
                has_terminal=True,
            )
            status = supervisor.start(tox).wait()
        if totals := add_up((work / "junit").glob("*.xml")):
            print(totals)
        return status


@contextmanager
def throwaway_services(data: Path) -> Iterator[Urls]:
    """Yield services with empty data, which is removed at the end."""
    with (
        _temporary_folder(data) as folder,
        log_file(data / "logs" / "test-services.log") as output,
        Supervisor(output) as supervisor,
    ):
        yield start_services(supervisor, data, Keys(), throwaway=folder)


def add_up(reports: Iterable[Path]) -> str:
    """Return the totals of JUnit reports in one line, or "" without any.

    Read with a regular expression, because the XML parsers of the standard library
    aren't suitable for untrusted files. pytest writes the counts in the `testsuite`
    tag.
    """
    counts: Counter[str] = Counter()
    for report in reports:
        tag = re.search(r"<testsuite\s[^>]*>", report.read_text(encoding="utf-8"))
        pairs = re.findall(r'(\w+)="(\d+)"', tag[0]) if tag else []
        counts.update({name: int(value) for name, value in pairs})
    if not counts:
        return ""
    failed, skipped = counts["failures"] + counts["errors"], counts["skipped"]
    passed = counts["tests"] - failed - skipped
    return f"tests: {passed} passed, {failed} failed, {skipped} skipped"


@contextmanager
def _temporary_folder(data: Path) -> Iterator[Path]:
    """Yield an empty folder for data, after removing those of killed runs."""
    parent = server_folder(data)
    for folder in parent.glob(f"{_FOLDER}-*"):
        if not psutil.pid_exists(int(folder.name.rpartition("-")[2])):
            shutil.rmtree(folder, ignore_errors=True)
    folder = open_folder(parent / f"{_FOLDER}-{os.getpid()}")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    versions = sorted(root.glob("versions/3.1[1-9].*/bin"), reverse=True)
    given = os.environ.get("PATH", os.defpath)
    ours = Path(sys.base_prefix) / "bin"
    return os.pathsep.join(map(str, [*versions, given, ours]))
