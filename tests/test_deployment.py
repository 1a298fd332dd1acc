"""The examples of ``docs/deployment.md`` agree with each other and with the code."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from klanten_plugin.conf import settings
from tests.references import ROOT

DEPLOY = ROOT / "docs" / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
STOP_SECONDS = 30
PROCESSES = ("web", "worker", "beat")


def test_compose_has_every_process_and_what_it_needs() -> None:
    services = COMPOSE["services"]
    assert set(services) == {*PROCESSES, "migrate", "database", "redis"}
    for name in PROCESSES:
        service = services[name]
        assert service["stop_grace_period"] == f"{STOP_SECONDS}s"
        migrated = service["depends_on"]["migrate"]["condition"]
        assert migrated == "service_completed_successfully"
    assert all(":" in services[name]["image"] for name in ("database", "redis"))


def test_secrets_are_asked_for() -> None:
    """None has a default, and compose refuses to start without one."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    for name in re.findall(
        r"^\s+(\w*(?:PASSWORD|SECRET\w*)): (.*)$", text, re.MULTILINE
    ):
        assert re.fullmatch(r"\$\{\w+:\?\}", name[1]), name


@pytest.mark.parametrize("name", PROCESSES)
def test_units(name: str) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / f"klanten-{name}.service")
    service = unit["Service"]
    assert int(service["TimeoutStopSec"]) == STOP_SECONDS
    assert service["User"] != "root"
    # the same program as in the container
    program = Path(service["ExecStart"].split()[0]).name
    command = COMPOSE["services"][name].get("command") or container_command()
    assert program == command[0]
    assert name in service["ExecStart"] or name == "web"


def container_command() -> list[str]:
    """Return the default command of the image."""
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    command = text.partition("\nCMD ")[2]
    words: list[str] = yaml.safe_load(command)
    return words


def test_web_processes_have_threads() -> None:
    assert "gthread" in container_command()
    unit = (DEPLOY / "klanten-web.service").read_text("utf-8")
    assert "--worker-class gthread" in unit


def test_all_use_the_settings_of_production() -> None:
    files = (*DEPLOY.glob("*.service"), DEPLOY / "Containerfile")
    assert len(files) == len(PROCESSES) + 1
    for path in files:
        named = re.findall(r"DJANGO_SETTINGS_MODULE=(\S+)", path.read_text("utf-8"))
        assert {name.rstrip(",") for name in named} == {"host.production"}, path


def test_the_proxy_leaves_large_bodies_to_the_api() -> None:
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    found = re.search(r"client_max_body_size (\d+)m;", text)
    assert found
    assert int(found[1]) * 1024 * 1024 > settings.MAX_BODY_BYTES
