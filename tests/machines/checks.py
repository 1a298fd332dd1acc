"""What must be the same on all machines, and how a worker stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

import psycopg
import requests

from testapp.launcher.folders import CHECKOUT
from testapp.launcher.host import API_PATH
from testapp.peers.tokens import make_token
from tests.api_client import klant_body
from tests.faults.consumer import Consumer
from tests.faults.ledger import Ledger
from tests.faults.rig import eventually
from tests.machines.rig import WEB, WORKERS, Machines

STOP_SECONDS = 30
LIMIT = 3
"""Requests per second, as in the settings."""

LIMITER = """
import time
from klanten_plugin.clients.nhr.limiter import wait_for_turn
wait_for_turn()  # connects
end, turns = time.monotonic() + 8, []
while time.monotonic() < end:
    wait_for_turn()
    turns.append(time.time())
print(*turns)
"""
SLOW_ROWS = 12
SLOW_SECONDS = 9.0


class Failed(AssertionError):
    """A check failed, with the reason."""


def ask(
    machines: Machines,
    name: str,
    method: str,
    path: str,
    body: Any = None,
    **headers: str,
) -> requests.Response:
    """Send a request to one web host, under its own name."""
    with requests.Session() as session:
        session.trust_env = False
        token = make_token("demo", machines.host.keys.clients["demo"])
        ours = {"Authorization": f"Bearer {token}", "Host": f"{name}.internal"}
        url = f"http://127.0.0.1:{machines.ports[name]}{path}"
        return session.request(
            method, url, json=body, headers=ours | headers, timeout=60
        )


def addresses(machines: Machines) -> str:
    """URLs and ETags are the same from every web host, wherever it was created."""
    for maker in WEB:
        created = ask(machines, maker, "POST", f"{API_PATH}/klanten", klant_body())
        url = created.json()["url"]
        path = url.removeprefix(machines.host.address.url)
        seen = {(url, created.json()["url"], created.headers["Location"])}
        require(len({*next(iter(seen))}) == 1, f"{maker}: {seen}")
        answers = [ask(machines, name, "GET", path) for name in WEB]
        bodies = {each.text for each in answers}
        etags = {each.headers["ETag"] for each in answers}
        require(len(bodies) == len(etags) == 1, f"{bodies} {etags}")
        [etag] = etags
        again = [
            ask(machines, name, "GET", path, **{"If-None-Match": etag}) for name in WEB
        ]
        require({each.status_code for each in again} == {304}, "ETag isn't accepted")
        pages = {
            ask(machines, name, "GET", f"{API_PATH}/klanten?page=2").text
            for name in WEB
        }
        require(len(pages) == 1, "pages differ")
    return "the same URL, ETag, representation and page at three hosts"


def heartbeat(machines: Machines) -> str:
    """Beat's heartbeat, noted by a worker, is known to every web host."""
    states = {}
    for name in WEB:
        eventually(
            lambda name=name: status(machines, name)["checks"]["beat"]["ok"],
            f"{name} has seen beat",
        )
        checks = status(machines, name)["checks"]
        states[name] = {part: each["ok"] for part, each in checks.items()}
    require(len({str(state) for state in states.values()}) == 1, str(states))
    return f"the same at three hosts: {states['web-1']}"


def status(machines: Machines, name: str) -> Any:
    return ask(machines, name, "GET", "/gezondheid/status").json()


def limiter(machines: Machines) -> str:
    """Processes on two machines together stay within the limit per second."""
    processes = [
        subprocess.Popen(  # noqa: S603 - our own command
            machines.host.django("shell", "--verbosity=0", "-c", LIMITER),
            env=dict(machines.parts[name].env),
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in WORKERS
    ]
    texts = [process.communicate()[0].split() for process in processes]
    require(all(texts), "one of them got no turn")
    turns = sorted(float(each) for text in texts for each in text)
    seconds = turns[-1] - turns[0]
    allowed = LIMIT * (seconds + 1)
    found = f"{len(turns)} requests in {seconds:.1f} s, at most {allowed:.0f} allowed"
    require(len(turns) <= allowed, found)
    return found


def are_working(machines: Machines) -> bool:
    """Whether both workers answer."""
    workers = status(machines, WEB[0])["checks"]["workers"]
    return bool(workers.get("count", 0) >= len(WORKERS))


def silence(machines: Machines) -> str:
    """A subject that doesn't answer at one web host isn't queried by the others."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        subject = f"http://127.0.0.1:{silent.getsockname()[1]}/subject"
        body = klant_body(subject=subject, subjectIdentificatie=...)
        seconds = {}
        for name in WEB:
            start = time.monotonic()
            answer = ask(machines, name, "POST", f"{API_PATH}/klanten", body)
            seconds[name] = time.monotonic() - start
            require(answer.status_code == 400, answer.text)
    others = max(seconds["web-2"], seconds["web-3"])
    require(seconds["web-1"] > 1.5 and others < 1.0, str(seconds))
    return (
        f"{seconds['web-1']:.1f} s at the first host, then {others:.2f} s at the others"
    )


def sessions(machines: Machines) -> str:
    """Nothing that one client sets stays in a connection of PgBouncer."""
    assert machines.pooler is not None
    for name in WEB:
        ask(machines, name, "GET", "/gezondheid/ready")
    found = set()
    for _each in range(40):
        with psycopg.connect(machines.pooler.url()) as connection:
            [row] = connection.execute(
                "SELECT pg_backend_pid(), current_setting('statement_timeout'),"
                " current_setting('lock_timeout')"
            ).fetchall()
            found.add(row[1:])
    require(found == {("0", "0")}, f"statement_timeout, lock_timeout: {found}")
    return "no timeouts of other clients"


def stopping(machines: Machines) -> str:
    """Workers stop in time while a slow remote has a backlog, and nothing is lost."""
    for name in WORKERS:
        machines.stop(name)
        machines.change_environment(name, MACHINES_LEASE="120")
    ledger = Ledger()
    machines.stub.clear()
    machines.stub.misbehave({"kind": "slow", "seconds": SLOW_SECONDS})
    consumer = Consumer(machines.host, ledger)
    for _each in range(SLOW_ROWS):
        consumer.create()
    for name in WORKERS:
        machines.start(name)
    eventually(lambda: machines.stub.in_hand() >= 2, "messages are being delivered")
    seconds = [stop_seconds(machines, name) for name in WORKERS]
    machines.stub.behave()
    for name in WORKERS:
        machines.change_environment(name, MACHINES_LEASE="")
        machines.start(name)
    machines.wait_until_settled()
    balance = ledger.balance(machines.stub.messages())
    require(balance.lost == 0 and not balance.disordered, str(balance))
    times = " and ".join(f"{each:.1f}" for each in seconds)
    require(max(seconds) < STOP_SECONDS, f"{times} s")
    return (
        f"{times} s with calls of {SLOW_SECONDS:.0f} s and {SLOW_ROWS} rows; {balance}"
    )


def stop_seconds(machines: Machines, name: str) -> float:
    """Return the seconds from SIGTERM to the end of a worker."""
    running = machines.running[name]
    start = time.monotonic()
    machines.signal(name, signal.SIGTERM)
    eventually(lambda: running.poll() is not None, f"{name} has ended")
    seconds = time.monotonic() - start
    machines.stop(name)
    return seconds


def require(condition: object, reason: str) -> None:
    if not condition:
        raise Failed(reason)


CHECKS: dict[str, Callable[[Machines], str]] = {
    "addresses": addresses,
    "heartbeat": heartbeat,
    "limiter": limiter,
    "silence": silence,
    "sessions": sessions,
    "stopping": stopping,
}
