"""Memory and start-up time that the app adds to a host.

`python -m tests.benchmarks.footprint` prints the memory that pages of 100 add to the
peak of a worker, and the time that the app adds to the start of a host: alternates the
demo host with and without it. Works in a separate database next to that of
DATABASE_URL.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
django.setup()

from tests.api_client import URL  # noqa: E402
from tests.benchmarks import cpu  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.operations import FLOOR, Call, Consumer  # noqa: E402
from tests.benchmarks.server import running_host  # noqa: E402

PAGES = 200
MOST_MEGABYTES = 5.0
MOST_SECONDS = 0.3

START = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
from django.urls import get_resolver
get_resolver().url_patterns
"""


def peak(pid: int) -> float:
    """Return the peak memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def memory(port: int, server: int) -> tuple[float, float]:
    """Return the peak memory of a worker before and after requesting pages."""
    consumer = Consumer(port)
    (worker,) = cpu.workers(server)
    for _ in range(PAGES):
        consumer(Call(f"{FLOOR}?klantnummer=none"))
        consumer(Call(f"{URL}?klantnummer=none"))
    before = peak(worker)
    for number in range(PAGES):
        consumer(Call(f"{URL}?page={number % 100 + 1}"))
    return before, peak(worker)


def seconds(settings: str) -> float:
    """Return the processor time until a host with these settings can respond."""
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, "-c", START, settings]
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{settings} doesn't start")
    return usage.ru_utime + usage.ru_stime


def start_up(turns: int) -> tuple[float, float]:
    """Return medians without and with the app."""
    times: dict[str, list[float]] = {
        "tests.benchmarks.host.without": [],
        "testapp.settings": [],
    }
    for turn in range(turns):
        for settings in sorted(times, reverse=bool(turn % 2)):
            times[settings].append(seconds(settings))
    without, with_app = (median(each) for each in times.values())
    return without, with_app


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="keep the database")
    options = parser.parse_args()
    with filled_database(10_000, keep=options.keep), running_host() as (server, port):
        before, after = memory(port, server)
    added = after - before
    verdict = "" if added <= MOST_MEGABYTES else "  MISSED"
    say(f"memory: {before:.1f} MB, with pages of 100 {after:.1f} MB: {added:+.1f} MB")
    say(f"        goal {MOST_MEGABYTES} MB{verdict}")
    without, with_app = start_up(options.turns)
    added = with_app - without
    verdict = "" if added <= MOST_SECONDS else "  MISSED"
    say(f"start: {without:.2f} s, with the app {with_app:.2f} s: {added:+.2f} s")
    say(f"       goal {MOST_SECONDS} s{verdict}")


def say(line: str) -> None:
    """Print without buffering, because the next result takes a while."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
