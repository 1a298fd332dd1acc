"""Kill the machines of a deployment one by one: ``python -m tests.machines``.

PostgreSQL with a streaming replica behind PgBouncer, RabbitMQ or Redis with Sentinel,
three web hosts behind nginx, two worker hosts and two beats, all on loopback. Prints a
table of what consumers noticed, and checks that nothing was lost. Needs the wheels of
``python3 -m testapp``, and nginx, pgbouncer and rabbitmq-server; with ``--broker
sentinel`` also the package django-redis.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import django

# for the shared helpers of the tests; the processes get settings of their own
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
os.environ.setdefault("SECRET_KEY", "only-for-this-deployment-on-loopback")
os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
django.setup()

from tests.machines.checks import CHECKS  # noqa: E402
from tests.machines.incidents import INCIDENTS, Outcome, run  # noqa: E402
from tests.machines.rig import Machines  # noqa: E402
from tests.machines.setting_up import running_machines  # noqa: E402

FAILED = "FAILED"
HEADER = (
    "| incident | requests | failed | seconds | slowest 2xx | waiting, settled | "
    "changes: lost, unlogged, disordered, doubled | stale reads | restarts |"
)


def line(outcome: Outcome) -> str:
    """Return a row of the table."""
    found = outcome.verdict
    balance = found.balance
    lost = balance.lost + found.missing + found.unmatched + found.left
    numbers = (lost, found.unlogged, len(balance.disordered), balance.doubled)
    cells = (
        outcome.incident.title,
        f"{len(outcome.answers)} ({outcome.rate:.0f}/s)",
        outcome.kinds or "0",
        outcome.period,
        f"{outcome.slowest:.1f} s",
        f"{outcome.waiting}, {outcome.settled:.0f} s",
        f"{balance.sent}: {', '.join(str(each) for each in numbers)}",
        str(outcome.stale),
        ", ".join(outcome.restarts),
    )
    return f"| {' | '.join(cells)} |"


def report(check: Callable[[Machines], str], machines: Machines) -> str:
    """Return the result of a check, or why it failed."""
    try:
        return check(machines)
    except AssertionError as error:
        return f"{FAILED}: {error}"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run and print. Returns 1 if something was lost or a check failed."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument(
        "--broker", choices=("rabbitmq", "sentinel"), default="rabbitmq"
    )
    parser.add_argument("--klanten", type=int, default=50_000)
    parser.add_argument("--rate", type=float, default=50, help="requests per second")
    names = [each.name for each in INCIDENTS]
    parser.add_argument("--only", nargs="*", choices=[*names, *CHECKS], default=())
    parser.add_argument(
        "--log", type=Path, default=Path(tempfile.gettempdir()) / "machines.log"
    )
    options = parser.parse_args()
    wanted = set(options.only) or {*names, *CHECKS}
    whole = True
    start = time.monotonic()
    with running_machines(options.log, options.broker, options.klanten) as machines:
        say(f"started in {time.monotonic() - start:.0f} s; output in {options.log}")
        for name, check in CHECKS.items():
            if name in wanted:
                found = report(check, machines)
                say(f"{name}: {found}")
                whole = whole and not found.startswith(FAILED)
        say(HEADER)
        say("|---" * (HEADER.count("|") - 1) + "|")
        for incident in INCIDENTS:
            if incident.name in wanted:
                outcome = run(machines, incident, options.rate)
                say(line(outcome))
                whole = whole and outcome.verdict.is_whole
    return not whole


if __name__ == "__main__":
    sys.exit(main())
