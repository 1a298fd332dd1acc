"""The commands from the user's point of view, in an environment that has all."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import jwt
import pytest

from testapp.launcher.folders import CHECKOUT, data_folder
from testapp.launcher.host import Address, Host, announce
from testapp.launcher.keys import load_keys
from testapp.launcher.locks import exclusive
from testapp.launcher.services import Urls

if TYPE_CHECKING:
    from pathlib import Path


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "testapp.launcher", *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"TESTAPP_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_taken_port_is_one_line_that_says_what_to_do(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(data, "--port", str(port))

    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"testapp: port {port} on 127.0.0.1: Address already in use")
    assert "--port" in line


def test_a_second_launcher_in_the_same_folder_is_refused(data: Path) -> None:
    with exclusive(data / "lock"):
        done = run(data)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "the demo of this checkout already runs" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["peer", "nobody"], "name one of the peers: notificaties, nhr"),
        (["manage", "check"], "start the demo first"),
        (["--host", "not.a.name.invalid"], "not known"),
        (["--fresh"], "doesn't empty the database of DATABASE_URL"),
    ],
)
def test_what_can_not_be_done_is_said_without_a_traceback(
    data: Path, arguments: list[str], words: str
) -> None:
    done = run(data, *arguments)

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_token_prints_a_token_and_nothing_else(data: Path) -> None:
    done = run(data, "token", "--client", "lezer")

    assert done.stderr == ""
    secret = load_keys(data).clients["lezer"]
    claims = jwt.decode(done.stdout.strip(), secret, ["HS256"])
    assert claims["client_id"] == "lezer"


def test_a_django_command_runs_on_the_running_demo(data: Path) -> None:
    keys = load_keys(data)
    urls = Urls(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
    announce(Host(data, keys, urls, Address("0.0.0.0", 8123)))  # noqa: S104
    show = "import os; print(os.environ['SITE_DOMAIN'])"

    done = run(data, "manage", "shell", "-v0", "-c", show)

    assert done.stdout == "127.0.0.1:8123\n"
    assert run(data, "login").stdout.startswith("http://127.0.0.1:8123/admin/ (")


def test_login_prints_the_admin_and_its_password(data: Path) -> None:
    line = run(data, "login").stdout

    password = json.loads((data / "keys.json").read_text())["admin_password"]
    assert line == f"http://127.0.0.1:8000/admin/ (admin / {password})\n"


def test_the_data_folder_can_be_elsewhere(tmp_path: Path) -> None:
    assert data_folder({}) == CHECKOUT / ".testapp"
    assert data_folder({"TESTAPP_DIR": str(tmp_path)}) == tmp_path
