"""Standard output contains only the result of a command, whatever the host logs."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

from klanten_plugin.management.results import COMMANDS, ResultCommand
from tests.api_client import KLANTEN, make_application
from tests.moving.conftest import this_database


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process, in a host that logs to standard output."""
    environ = this_database() | {"DJANGO_SETTINGS_MODULE": "tests.hosts.chatty"}
    return subprocess.run(  # noqa: S603 - our own Python, our own arguments
        [sys.executable, "-m", "django", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


EARLY = ("extension_registration_skipped", "acAutorisatieSerializer")
"""Of commonground-api-common 2.14 and newer, and of 2.13."""


@pytest.mark.django_db(transaction=True)
def test_the_output_is_the_result_alone(multi_component: None) -> None:
    make_application("all", *KLANTEN).create(klantnummer="een")

    done = run("klanten_export", "-")
    assert json.loads(done.stdout)["klantnummer"] == "een"
    # the suite logs that before the command starts
    assert any(text in done.stderr for text in EARLY)

    assert json.loads(run("klanten_outbox", "health").stdout)["given_up"] == 0
    doctor = run("klanten_doctor", "--json", "--timeout", "0.1")
    assert "findings" in json.loads(doctor.stdout)
    # and this is logged by the doctor's own checks; statements by the handler
    assert "acAutorisatieSerializer" in doctor.stderr
    assert "SELECT" in doctor.stderr


@pytest.mark.once
def test_what_a_command_is_for_is_explained_on_the_output() -> None:
    assert "usage:" in run("klanten_outbox", "list", "--help").stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_keeps_its_result_apart(name: str) -> None:
    module = import_module(f"klanten_plugin.management.commands.{name}")
    assert issubclass(module.Command, ResultCommand)
