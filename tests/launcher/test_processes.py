"""Parts are monitored, stopped in order, and don't outlive the launcher."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from testapp.launcher.console import Console
from testapp.launcher.errors import LauncherError
from testapp.launcher.folders import CHECKOUT
from testapp.launcher.processes import Part, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20  # seconds; far longer than any operation takes

SAY_WHEN_STOPPED = """
import os, signal, sys, time
def stop(*_):
    # not print: it may be in the middle of saying that it is up
    os.write(1, b"asked to stop\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
time.sleep(60)
"""
LAUNCHER = """
import sys, time
from testapp.launcher.console import Console
from testapp.launcher.processes import Part, Supervisor
from pathlib import Path
with Supervisor(Console(sys.stdout)) as supervisor:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    running = supervisor.start(Part("part", command, Path.cwd(), {}))
    print(running.pid, flush=True)
    time.sleep(60)
"""


def python_part(name: str, code: str) -> Part:
    return Part(name, [sys.executable, "-c", code], CHECKOUT, dict(os.environ))


def eventually(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_parts_stop_in_reverse_order() -> None:
    stream = io.StringIO()

    with Supervisor(Console(stream)) as supervisor:
        for name in ("first", "second"):
            supervisor.start(python_part(name, SAY_WHEN_STOPPED))
        assert eventually(lambda: stream.getvalue().count("up") == 2)
        supervisor.raise_if_fallen()

    assert stream.getvalue().splitlines()[2:] == [
        "second   | asked to stop",
        "first    | asked to stop",
    ]


def test_a_part_that_ends_is_found() -> None:
    with Supervisor(Console(io.StringIO())) as supervisor:
        supervisor.start(python_part("steady", SAY_WHEN_STOPPED))
        supervisor.start(
            python_part("weak", "print('no database'); raise SystemExit(3)")
        )

        def error() -> str:
            try:
                supervisor.raise_if_fallen()
            except LauncherError as caught:
                return str(caught)
            return ""

        words = "weak ended unexpectedly (exit status 3). It said:\n    no database"
        assert eventually(lambda: error() == words)


def test_a_step_runs_until_it_ends() -> None:
    stream = io.StringIO()
    with Supervisor(Console(stream)) as supervisor:
        supervisor.run(python_part("step", "print('done')"))
        with pytest.raises(LauncherError, match=r"exit status 3.*\n +no database"):
            supervisor.run(
                python_part("step", "print('no database'); raise SystemExit(3)")
            )
    assert stream.getvalue() == "step     | done\nstep     | no database\n"


def test_a_part_that_was_killed_is_found() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with (
        Supervisor(Console(io.StringIO())) as supervisor,
        pytest.raises(LauncherError, match="killed by SIGKILL"),
    ):
        supervisor.run(python_part("weak", code))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")
def test_a_killed_launcher_leaves_nothing() -> None:
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", LAUNCHER], cwd=CHECKOUT, stdout=subprocess.PIPE
    ) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        assert eventually(
            lambda: "time.sleep" in " ".join(psutil.Process(pid).cmdline())
        )
        launcher.kill()

    assert eventually(lambda: not psutil.pid_exists(pid))
