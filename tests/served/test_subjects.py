"""Hostile subjects, sent to the host as in production."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.api_client import KLANTEN, URL, klant_body, make_application
from tests.hostile import HOSTILE, IN_BUFFERS, Hostile, hostile_server, silence
from tests.served.server import running_server

Host = Callable[..., AbstractContextManager[str]]

MOST_MEGABYTES = 64
"""MB above the previous peak. Decompressing a single redirect would take 256."""


@pytest.fixture
def token(transactional_db: None, multi_component: None) -> str:
    return make_application("all", *KLANTEN).token


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as made:
        yield made


def ask(origin: str, token: str, subject: str = "") -> requests.Response:
    """POST a klant with this subject, or send a GET."""
    headers = {"Authorization": f"Bearer {token}"}
    if not subject:
        return requests.get(origin + URL, headers=headers, timeout=60)
    body = klant_body(subject=subject, subjectIdentificatie=..., subjectType=...)
    return requests.post(origin + URL, json=body, headers=headers, timeout=60)


def worker() -> psutil.Process:
    """Return the process of the server that handles requests."""
    (found,) = [
        one
        for one in psutil.Process().children(recursive=True)
        if "tests.served.wsgi" in one.cmdline() and not one.children()
    ]
    return found


def peak(pid: int) -> int:
    """Return the peak memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def test_no_answer_of_a_subject_fills_the_memory(token: str) -> None:
    settings = {"KLANTEN_SUBJECT_HOSTS": "all", "KLANTEN_SUBJECT_TIMEOUT": 10}
    with running_server(1, settings=settings) as origin:
        assert ask(origin, token).status_code == 200
        before = peak(worker().pid)
        for kind, answer in HOSTILE.items():
            with hostile_server(answer) as server:
                response = ask(origin, token, server.url("/1"))
                assert response.status_code in (201, 400), kind
                assert server.sent < 3 * IN_BUFFERS, kind
        assert peak(worker().pid) - before < MOST_MEGABYTES


def test_silent_subjects_hold_one_process_once(
    token: str, pool: ThreadPoolExecutor
) -> None:
    """Two processes for one request each, and six unresponsive subjects."""
    settings = {"KLANTEN_SUBJECT_HOSTS": "all", "KLANTEN_SUBJECT_TIMEOUT": 3}
    with running_server(2, settings=settings) as origin, hostile_server(silence) as far:
        ask(origin, token, far.url("/0"))
        asked = far.asked
        answers = [ask(origin, token, far.url(f"/{each}")) for each in range(6)]
        reads = [ask(origin, token) for _each in range(6)]
        assert {answer.status_code for answer in answers} == {400}
        assert {answer.status_code for answer in reads} == {200}
        # the host's cache may be per process
        assert far.asked <= asked + 1


def test_a_few_subjects_at_once(token: str, pool: ThreadPoolExecutor) -> None:
    """Unresponsive ones under many names leave threads for others."""
    settings = {
        "KLANTEN_SUBJECT_HOSTS": "all",
        "KLANTEN_SUBJECT_TIMEOUT": 30,
        "KLANTEN_SUBJECT_CHECKS": 2,
    }
    server = running_server(1, options=("--threads", "8"), settings=settings)
    with server as origin, hostile_server(silence) as far:
        posts: list[Future[Any]] = [
            pool.submit(ask, origin, token, far.url("/", f"127.0.0.{each}"))
            for each in range(1, 7)
        ]
        wait_for(far, 2)
        # the two that are being requested wait until they are released
        assert ask(origin, token).status_code == 200
        refused = [post for post in posts if not is_held(post)]
        assert len(refused) == 4
        assert {post.result().status_code for post in refused} == {400}
        assert far.most_open == 2
        far.released.set()


def wait_for(server: Hostile, connections: int) -> None:
    while server.open < connections:
        server.released.wait(0.01)


def is_held(post: Future[Any]) -> bool:
    """Return whether there is no response, long after other requests are refused."""
    try:
        post.result(timeout=5)
    except TimeoutError:
        return True
    return False
