"""`python3 -m testapp test`: run all checks with tox, with the services available."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from testapp.launcher import accounts
from testapp.launcher.console import Console, log_file, terminal
from testapp.launcher.errors import LauncherError
from testapp.launcher.keys import Keys
from testapp.launcher.layout import Layout
from testapp.launcher.locks import LockTakenError, exclusive_now
from testapp.launcher.processes import Supervisor, command_line
from testapp.launcher.pythons import with_all_pythons
from testapp.launcher.services import Urls, Wanted, choose, start
from testapp.launcher.steps import run_at_terminal
from testapp.launcher.venv import Venv, clean_environment, ensure_installed
from testapp.launcher.wheels import Wheels, install_wheels, installed_wheels

_REQUIREMENTS = ("tox>=4.26", "tox-uv>=1.26")
# Without arguments, run four environments in parallel. The smallest machine has two
# cores, but the faults and the slow part mostly wait. The output of each is shown when
# it is done.
_AT_ONCE = ("run-parallel", "--parallel", "4")
_FOLDER = "test-services"
# The first available one runs the complete quick part; see tox.ini.
_WHOLE = {"python3.12": "py312-newest", "python3.13": "py313-newest"}
_ONLY_OLDEST = "py311-oldest"
_QUICK = "--part=quick --cov --cov-report= --cov-fail-under=0"
# pip's settings by the names that uv uses; uv doesn't read pip.conf.
_PIP_FOR_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def run_checks(layout: Layout, arguments: list[str]) -> int:
    """Run tox with these arguments, and return its exit status."""
    layout.prepare()
    try:
        with exclusive_now(layout.data / "test.lock"):
            return _run_tox(layout, arguments, terminal())
    except LockTakenError:
        raise LauncherError(
            "the checks of this checkout already run: let them end, or set TESTAPP_DIR "
            "to another folder"
        ) from None


@contextmanager
def throwaway_services(
    layout: Layout, environ: Mapping[str, str], venv: Venv | None, console: Console
) -> Iterator[Urls]:
    """Yield services with empty data, which is removed at the end.

    Without `venv` no wheels are installed, so they must be present.
    """

    def wheels_in(folder: Path) -> Wheels:
        if venv:
            return install_wheels(layout, venv, folder, console)
        return installed_wheels(folder)

    wanted = choose(layout, Keys(), environ, wheels_in)
    with _temporary(wanted) as temporary:
        log = layout.logs / "test-services.log"
        with log_file(log) as output, Supervisor(output) as supervisor:
            yield start(temporary, supervisor, environ, throwaway=True)


def tox_environment(layout: Layout, venv: Venv) -> dict[str, str]:
    """Return the variables for tox, in addition to its configuration."""
    environ = with_all_pythons(clean_environment(os.environ), Path.home())
    # Make uv find the same packages as pip.
    environ = _index_for_uv(environ, venv) | environ
    ours = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    available = (
        (each, name)
        for each, name in _WHOLE.items()
        if shutil.which(each, path=environ["PATH"])
    )
    python, whole = next(available, (ours, _ONLY_OLDEST))
    # This Python may not be on any PATH.
    folder = str(Path(sys.base_prefix) / "bin")
    return environ | {
        "PATH": os.pathsep.join([environ["PATH"], folder]),
        "TESTAPP_PYTHON": ours,
        "TESTAPP_WHOLE": python,
        "TESTAPP_TOX_DIR": str(layout.tox_work),
        f"PART_{whole}": _QUICK,
        # sys.monitoring costs far less than a trace function, but Python 3.11 lacks it
        **({} if python == "python3.11" else {"COVERAGE_CORE": "sysmon"}),
    }


def pip_settings_for_uv(listing: str) -> dict[str, str]:
    """Return uv's variables for the output of `pip config list`."""
    found = re.findall(r"^(\S+)\.([a-z-]+)='(.*)'$", listing, re.MULTILINE)
    # As with pip, the environment takes precedence over the files.
    found.sort(key=lambda each: each[0] == ":env:")
    return {_PIP_FOR_UV[name]: value for _, name, value in found if name in _PIP_FOR_UV}


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


def _index_for_uv(environ: Mapping[str, str], venv: Venv) -> dict[str, str]:
    done = subprocess.run(
        venv.command("pip", "config", "list"),
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    return pip_settings_for_uv(done.stdout)


def _run_tox(layout: Layout, arguments: list[str], console: Console) -> int:
    venv = Venv(layout.tox_venv)
    ensure_installed(layout, venv, _REQUIREMENTS, console)
    reports = layout.tox_work / "junit"
    for stale in (reports, layout.tox_work / "coverage"):
        shutil.rmtree(stale, ignore_errors=True)
    environ = tox_environment(layout, venv)
    with throwaway_services(layout, environ, venv, console) as urls:
        status = run_at_terminal(
            venv.command("tox", *(arguments or _AT_ONCE)),
            cwd=layout.checkout,
            env=environ | urls.environment(),
        )
    if totals := add_up(reports.glob("*.xml")):
        console.line(totals)
    return status


@contextmanager
def _temporary(wanted: Wanted) -> Iterator[Wanted]:
    """Yield the same services with an empty folder for their data."""
    given = wanted.cluster or wanted.broker
    if given is None:
        yield wanted
        return
    _sweep(given.parent)
    folder = accounts.root_folder(given.parent / f"{_FOLDER}-{os.getpid()}")
    try:
        yield Wanted(
            wanted.cluster and replace(wanted.cluster, parent=folder),
            wanted.broker and replace(wanted.broker, parent=folder),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove the files of killed runs."""
    for folder in parent.glob(f"{_FOLDER}-*"):
        pid = folder.name.rpartition("-")[2]
        if "python" not in command_line(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
