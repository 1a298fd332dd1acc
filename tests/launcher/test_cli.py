"""The command line from the user's point of view."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import jwt
import pytest

from testapp.launcher.layout import CHECKOUT, Layout, find_layout
from testapp.launcher.locks import exclusive

if TYPE_CHECKING:
    from pathlib import Path


def run(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "testapp", *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"TESTAPP_DIR": str(layout.data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_taken_port_is_one_line_that_says_what_to_do(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(layout, "--port", str(port))

    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"testapp: port {port} on 127.0.0.1 is taken")
    assert "--port" in line


def test_a_second_launcher_in_the_same_folder_is_refused(layout: Layout) -> None:
    layout.prepare()
    with exclusive(layout.data / "lock"):
        done = run(layout)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "at work in this checkout" in line


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--port", "http"], 2, "'http' is no port"),
        (["--port", "70000"], 2, "'70000' is no port"),
        (["--fresh", "nonsense"], 2, "invalid choice"),
        (["token", "--client", "nobody"], 1, "no client 'nobody': there are demo"),
        (["token", "--scopes", " , "], 1, "--scopes needs a scope"),
        (["peer", "nobody"], 1, "name one of the peers: notificaties, nhr"),
        (["--host", "not.a.name.invalid"], 1, "doesn't know that name"),
    ],
)
def test_what_can_not_be_done_is_said_without_a_traceback(
    layout: Layout, arguments: list[str], status: int, words: str
) -> None:
    done = run(layout, *arguments)

    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_token_prints_a_token_and_nothing_else(layout: Layout) -> None:
    client, secret = run(layout, "token", "--show-secret").stdout.split(" ")
    done = run(layout, "token")

    assert (client, done.stderr) == ("demo", "")
    claims = jwt.decode(done.stdout.strip(), secret.strip(), ["HS256"])
    assert claims["client_id"] == "demo"


def test_login_prints_the_admin_and_its_password(layout: Layout) -> None:
    line = run(layout, "login").stdout

    password = json.loads(layout.keys.read_text())["admin_password"]
    assert line == f"http://127.0.0.1:8000/admin/ (admin / {password})\n"


def test_the_help_names_the_commands(layout: Layout) -> None:
    help_text = run(layout, "--help").stdout

    for command in (
        "token",
        "login",
        "test",
        "shell",
        "peer",
        "--fresh",
        "TESTAPP_DIR",
    ):
        assert command in help_text


def test_the_data_folder_can_be_elsewhere(tmp_path: Path) -> None:
    assert find_layout({}).data == CHECKOUT / ".testapp"
    assert find_layout({"TESTAPP_DIR": str(tmp_path)}).data == tmp_path
