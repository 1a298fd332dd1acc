"""Cost of the first POST of a web process: `python -m tests.benchmarks.first_request`.

Starts fresh processes that load the host as a WSGI server does, and then make two POSTs.
Prints the medians of the processor time of starting, of the first POST and of the
second, and the ratio of the two POSTs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from statistics import median

PROCESSES = 7
MOST = 6.0
"""The first POST opens a connection to PostgreSQL and one to the broker."""


def serve() -> list[float]:
    """Return milliseconds of starting, and of each POST, in this process."""
    import django
    from django.core.wsgi import get_wsgi_application

    started = time.process_time()
    django.setup()
    get_wsgi_application()
    took = [time.process_time() - started]
    from tests.api_client import URL, ApiClient, handler
    from tests.benchmarks.operations import CLIENT_ID, make_token, post_body

    handler()  # the client has its own handler
    api = ApiClient(make_token(CLIENT_ID))
    body = json.loads(post_body())
    for _time in range(2):
        before = time.process_time()
        answer = api.request("POST", URL, body, documented=False)
        took.append(time.process_time() - before)
        assert answer.status_code == 201, answer.content
    return [seconds * 1000 for seconds in took]


def fresh_process() -> list[float]:
    """Return the same, measured in a new process."""
    from tests.benchmarks.server import environment

    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.first_request", "--serve"],
        env={**os.environ, **environment()},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: list[float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Measure and print. Return 1 if the first POST is too expensive."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.host.settings")
    if options.serve:
        sys.stdout.write(f"{json.dumps(serve())}\n")
        return 0
    import django

    django.setup()
    from tests.benchmarks.databases import filled_database

    with filled_database(100):
        runs = [fresh_process() for _number in range(options.processes)]
    start, first, second = (median(parts) for parts in zip(*runs, strict=True))
    ratio = first / second
    sys.stdout.write(
        f"start {start:.0f} ms, first POST {first:.1f} ms, second {second:.1f} ms, "
        f"ratio {ratio:.1f} (at most {MOST})\n"
    )
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
