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
MACHINES: dict[str, Any] = yaml.safe_load(
    (DEPLOY / "compose-machines.yaml").read_text("utf-8")
)
WEB = {"web-1", "web-2", "web-3"}
HOSTS = {*WEB, "worker-1", "worker-2", "beat"}
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


@pytest.mark.parametrize("name", ["compose.yaml", "compose-machines.yaml"])
def test_secrets_are_asked_for(name: str) -> None:
    """None has a default, and compose refuses to start without one."""
    text = (DEPLOY / name).read_text("utf-8")
    found = re.findall(
        r"^\s+(\w*(?:PASS|PASSWORD|SECRET\w*)): (.*)$", text, re.MULTILINE
    )
    assert found
    for variable, value in found:
        assert re.fullmatch(r"\$\{\w+:\?\}", value), variable


def test_processes_share_the_certificates_of_services() -> None:
    """They are uploaded through a web process, and read by workers."""
    for compose, names in ((COMPOSE, PROCESSES), (MACHINES, HOSTS)):
        for name in names:
            assert (
                "private-media:/app/private-media"
                in compose["services"][name]["volumes"]
            )
        assert "private-media" in compose["volumes"]


def test_compose_for_several_machines() -> None:
    services = MACHINES["services"]
    engines = {"nginx", "pgbouncer", "primary", "replica", "rabbitmq", "redis"}
    assert set(services) == {*HOSTS, *engines, "migrate"}
    for name in HOSTS:
        assert services[name]["stop_grace_period"] == f"{STOP_SECONDS}s"
        assert services[name]["environment"] == services["web-1"]["environment"]
    # a worker ends by itself when Redis is its broker and dies
    assert {services[name]["restart"] for name in {*HOSTS, *engines}} == {"always"}
    assert all(":" in services[name]["image"] for name in engines)
    environment = services["web-1"]["environment"]
    assert environment["DJANGO_SETTINGS_MODULE"] == "host.machines"
    pooler = (DEPLOY / "pgbouncer.ini").read_text("utf-8")
    assert f"listen_port = {environment['DB_PORT']}" in pooler
    required = set(re.findall(r'environ\["(\w+)"\]', settings_of("machines.py")))
    assert required - {"REDIS_PASSWORD"} <= set(environment)


def test_addresses_are_services() -> None:
    site = (DEPLOY / "nginx-machines.conf").read_text("utf-8")
    assert set(re.findall(r"server (web-\d):8000", site)) == WEB
    databases = (DEPLOY / "pgbouncer-databases.ini").read_text("utf-8")
    servers = re.findall(r"host=(\w+)", databases)
    assert servers == ["primary", "replica"]
    assert set(servers) <= set(MACHINES["services"])


def test_the_proxies_differ_in_their_upstream_only() -> None:
    one, several = (
        (DEPLOY / name).read_text("utf-8").splitlines()
        for name in ("nginx.conf", "nginx-machines.conf")
    )
    assert [line for line in one if line not in several] == [
        "        proxy_pass http://127.0.0.1:8000;"
    ]


def settings_of(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


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
