"""`python3 -m testapp test`: run all checks with tox, with the services available."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from testapp.launcher.accounts import root_folder, server_folder
from testapp.launcher.console import log_file
from testapp.launcher.guard import guarded
from testapp.launcher.host import python
from testapp.launcher.interrupts import uninterrupted
from testapp.launcher.keys import Keys
from testapp.launcher.layout import CHECKOUT, Layout
from testapp.launcher.locks import exclusive
from testapp.launcher.processes import Supervisor
from testapp.launcher.pythons import tox_environment
from testapp.launcher.services import Urls, choose

# Without arguments, run four environments in parallel. The smallest machine has two
# cores, but the faults and the slow part mostly wait. The output of each is shown when
# it is done.
_AT_ONCE = ("run-parallel", "--parallel", "4")
_FOLDER = "test-services"
_STOP_SECONDS = 15
_RUNNING = (
    "the checks of this checkout already run: let them end, or set TESTAPP_DIR to "
    "another folder"
)


def run_checks(layout: Layout, arguments: list[str]) -> int:
    """Run tox with these arguments, and return its exit status."""
    with exclusive(layout.data / "test.lock", taken=_RUNNING):
        work = layout.data / "tox"
        for stale in (work / "junit", work / "coverage"):
            shutil.rmtree(stale, ignore_errors=True)
        environ = tox_environment(work)
        with throwaway_services(layout, environ) as urls:
            command = python("tox", *(arguments or _AT_ONCE))
            status = _run_at_terminal(command, environ | urls.environment())
        if totals := add_up((work / "junit").glob("*.xml")):
            print(totals)
        return status


@contextmanager
def throwaway_services(layout: Layout, environ: Mapping[str, str]) -> Iterator[Urls]:
    """Yield services with empty data, which is removed at the end."""
    log = layout.logs / "test-services.log"
    with (
        _temporary_folder(layout) as folder,
        log_file(log) as output,
        Supervisor(output) as supervisor,
    ):
        wanted = choose(layout, Keys(), environ, parent=folder)
        yield wanted.start(supervisor, throwaway=True)


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


def _run_at_terminal(command: list[str], environ: Mapping[str, str]) -> int:
    """Run a program with exclusive use of the terminal, and return its exit status."""
    # SIGINT instead of SIGTERM, because tox cleans up after it. At a terminal, Ctrl-C
    # arrives there as well; tox ignores the second one.
    process = subprocess.Popen(
        guarded(command, on_parent_death=signal.SIGINT), cwd=CHECKOUT, env=environ
    )
    try:
        status = process.wait()
    except KeyboardInterrupt:
        with uninterrupted(), suppress(subprocess.TimeoutExpired):
            process.send_signal(signal.SIGINT)
            process.wait(_STOP_SECONDS)
        process.kill()
        raise
    # As shells do: 128 plus the number of the signal.
    return status if status >= 0 else 128 - status


@contextmanager
def _temporary_folder(layout: Layout) -> Iterator[Path]:
    """Yield an empty folder for data, after removing those of killed runs."""
    parent = server_folder(layout)
    for folder in parent.glob(f"{_FOLDER}-*"):
        if not psutil.pid_exists(int(folder.name.rpartition("-")[2])):
            shutil.rmtree(folder, ignore_errors=True)
    folder = root_folder(parent / f"{_FOLDER}-{os.getpid()}")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
