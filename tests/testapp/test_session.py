"""The curl session in the documentation, pasted into a shell line by line."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.core.management import call_command
from django.db import connection

import pytest

from testapp.launcher.folders import CHECKOUT
from testapp.peers.nhr import API_KEY
from testapp.peers.tokens import make_token
from tests import notificaties
from tests.dataservice import DataservicePeer, certificates
from tests.demo import set_up
from tests.nhr import Peer
from tests.rollen.conftest import cm, cm_process, vz, vz_process, work
from tests.rollen.peers import SECRET, RunningPeer

__all__ = ["cm", "cm_process", "vz", "vz_process"]

if not apps.is_installed("testapp"):
    pytest.skip("a host without the demo", allow_module_level=True)

if not (shutil.which("bash") and shutil.which("curl")):
    pytest.skip("needs bash and curl, as the session does", allow_module_level=True)

SECRETS = {"demo": "d" * 40, "lezer": "l" * 40}
PATIENCE = 60
LATER = "later"
"""Text of a paragraph whose command must be repeated until it succeeds."""

SHIM = """\
#!/bin/sh
case "$1 $2 $3 $4 $5" in
    "-m testapp token --client lezer") exec cat {folder}/lezer ;;
    "-m testapp token"*) exec cat {folder}/demo ;;
    "-m testapp manage"*) shift 3; exec {python} -m django "$@" ;;
    *) exec {python} "$@" ;;
esac
"""

VARIABLE = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "UUID",
    r"127\.0\.0\.1:\d+|localhost:\d+": "HOST",
    r'"klantnummer":"\d+"': '"klantnummer":"NUMBER"',
}


def steps() -> Iterator[tuple[str, str, bool]]:
    """Yield each command of the session, its output, and whether that takes a while."""
    session = (CHECKOUT / "docs" / "session.md").read_text(encoding="utf-8")
    for paragraph in re.findall(r"(.*?)```console\n(.*?)```", session, re.DOTALL):
        text, block = paragraph
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, printed = split(part.splitlines())
            yield command, printed, LATER in text.split("```")[-1]


def split(lines: list[str]) -> tuple[str, str]:
    """Split a command from its output: where the shell considers it complete."""
    for count in range(1, len(lines) + 1):
        command = "\n".join(lines[:count])
        check = subprocess.run(["bash", "-n", "-c", command], capture_output=True)  # noqa: S603, S607, PLW1510
        if check.returncode == 0 and not command.endswith("\\"):
            return command, "\n".join(lines[count:])
    raise AssertionError(lines)


def plain(text: str) -> str:
    """Return text without parts that differ each time."""
    for pattern, name in VARIABLE.items():
        text = re.sub(pattern, name, text)
    return text.strip()


class Shell:
    """A bash process, in which `python3 -m testapp` is the host of the tests."""

    END = "--- the end of a command ---"

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--norc"],  # noqa: S607 - the one of who pastes
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=CHECKOUT,
        )

    def run(self, command: str) -> str:
        """Return the output of a command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\necho; echo {shlex.quote(self.END)}\n")
        self._process.stdin.flush()
        lines: list[str] = []
        while (line := self._process.stdout.readline()) and line.strip() != self.END:
            lines.append(line)
        return "".join(lines)

    def close(self) -> None:
        self._process.communicate("")


@pytest.fixture
def host(
    live_server: Any,
    settings: Any,
    register: Peer,
    dataservice: DataservicePeer,
    cm: RunningPeer,
    vz: RunningPeer,
) -> Iterator[str]:
    """The demo host with all its peers, as the launcher connects them."""
    settings.SITE_DOMAIN = live_server.url.removeprefix("http://")
    # the same companies, whatever changes
    dataservice.service.register = lambda: register.nhr.register
    with notificaties.running_peer() as nrc:
        for peer in (cm, vz):
            nrc.api.add_kanaal(peer.kind.name, nrc.root.rstrip("/"))
            token = make_token(notificaties.CLIENT_ID, notificaties.SECRET)
            url = f"{nrc.root}notificaties"
            peer.control("publish", url=url, authorization=f"Bearer {token}")
        set_up(
            domain=settings.SITE_DOMAIN,
            applications=SECRETS,
            notificaties=[nrc.root, notificaties.SECRET],
            nhr=[register.root, API_KEY],
            dataservice=[dataservice.root, str(certificates().folder)],
            rollen=[cm.root, vz.root, SECRET],
        )
        call_command("testapp_connect", relations=True)
        yield str(live_server.url)


@pytest.fixture
def shell(host: str, tmp_path: Path, private_files: Path) -> Iterator[Shell]:
    shim = tmp_path / "python3"
    shim.write_text(SHIM.format(folder=tmp_path, python=sys.executable))
    shim.chmod(0o755)
    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(make_token(name, secret))
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "DATABASE_URL": database.geturl(),
        "SITE_DOMAIN": host.removeprefix("http://"),
        "LOG_LEVEL": "WARNING",
        "NO_PROXY": "*",
        "PRIVATE_MEDIA_ROOT": str(private_files),
    }
    shell = Shell(environment)
    yield shell
    shell.close()


def test_session(shell: Shell, host: str) -> None:
    count = 0
    for command, printed, is_later in steps():
        deadline = time.monotonic() + (PATIENCE if is_later else 0)
        here = command.replace("http://127.0.0.1:8000", host)
        while plain(output := shell.run(here)) != plain(printed):
            assert time.monotonic() < deadline, (command, printed, output)
            work(due_only=False)
        count += bool(printed)
    assert count > 10
