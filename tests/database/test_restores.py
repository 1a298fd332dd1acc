"""Dumps and restores with PostgreSQL's own programs, and the resulting counter."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

import pytest

from klanten_plugin.domain.database import find_faults, mend_database
from testapp.launcher.folders import data_folder, server_folder
from testapp.launcher.wheels import Wheels
from tests.api_client import ApiClient
from tests.bodies import KINDS, full_body
from tests.database.test_migrations import ANEW, make_anew
from tests.domain.klanten.test_count import INSERT
from tests.pages import find_klanten

TABLES = "klanten_plugin_*"


@pytest.mark.django_db
def test_rows_come_in_with_an_empty_search_path() -> None:
    """Like pg_restore. Here also in another schema than ``public``."""
    make_anew(ANEW)
    klant = f"{ANEW}.klanten_plugin_klant"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute(INSERT.replace("klanten_plugin_klant", klant) % (1, 7))
        cursor.execute(
            f"INSERT INTO {ANEW}.klanten_plugin_klantadres (klant_id, straatnaam,"
            " huisletter, huisnummertoevoeging, postcode, woonplaatsnaam, landcode)"
            f" SELECT id, '', '', '', '', '', '' FROM {klant}"
        )
        cursor.execute(f"DELETE FROM {ANEW}.klanten_plugin_klantadres")
        cursor.execute(f"DELETE FROM {klant} WHERE klantnummer = '7'")
        cursor.execute(f"SELECT sum(change) FROM {ANEW}.klanten_plugin_klantcount")
        assert cursor.fetchone() == (6,)


def program(name: str) -> str:
    """Return the program of the server's version, from the wheels or from PATH."""
    folder = server_folder(data_folder(os.environ))
    version = connection.pg_version // 10_000
    for place in (Wheels(folder).postgres, None):
        found = shutil.which(name, path=place)
        if found and f") {version}." in _output([found, "--version"]):
            return found
    pytest.skip(f"no {name} {version}: neither the wheels nor PATH have it")


def _output(command: list[str]) -> str:
    # a program that was just located
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


def run(name: str, *options: str) -> None:
    """Run a program of PostgreSQL, on the server of the tests."""
    settings = connection.settings_dict
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER"}
    env = {variable: str(settings[key]) for variable, key in given.items()}
    env |= {"PGPASSWORD": str(settings["PASSWORD"]), "PATH": os.defpath}
    # the options are those below
    subprocess.run([program(name), *options], env=env, check=True, capture_output=True)  # noqa: S603


@contextmanager
def other_database(template: str | None) -> Iterator[str]:
    """Yield the name of another database, empty or a copy of ``template``."""
    before = connection.settings_dict["NAME"]
    name = f"{before}_restored"
    quote = connection.ops.quote_name  # names of environments contain a hyphen
    made = f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template or 'template0')}"
    connection.close()  # a database that is in use can't be copied
    with connection._nodb_cursor() as cursor:
        # nor one to which a thread of an earlier test is still connected
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            [template or before],
        )
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(name)} WITH (FORCE)")
        cursor.execute(made)
    connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quote(name)} WITH (FORCE)")


def empty_our_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(tablename, ', ') FROM pg_tables"
            " WHERE tablename LIKE 'klanten\\_plugin\\_%'"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]} CASCADE")


DATA = ("--data-only", f"--table={TABLES}")
PSQL = ("psql", "--set=ON_ERROR_STOP=1", "--quiet", "--file={file}", "--dbname={to}")
RESTORE = ("pg_restore", "--exit-on-error", "--dbname={to}")
VARIANTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], int]] = {
    "full": ((), PSQL, 1),
    "full, custom": (("--format=custom",), (*RESTORE, "{file}"), 1),
    # inserted klanten are counted, but the count is restored as well
    "data": (DATA, PSQL, 2),
    "data, custom": ((*DATA, "--format=custom"), (*RESTORE, "{file}"), 2),
    "data, custom, without triggers": (
        (*DATA, "--format=custom"),
        (*RESTORE, "--disable-triggers", "{file}"),
        1,
    ),
}
"""Options of pg_dump, the restore command, and how often it counts a klant."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_restore(api: ApiClient, tmp_path: Path, variant: str) -> None:
    dumping, restoring, times = VARIANTS[variant]
    klanten = [api.create(**full_body(kind, klantnummer=kind[:8])) for kind in KINDS]
    etags = [api.get(klant["url"]).headers["ETag"] for klant in klanten]
    source, file = connection.settings_dict["NAME"], str(tmp_path / "dump")
    run("pg_dump", f"--file={file}", *dumping, source)

    with other_database(source if DATA[0] in dumping else None) as target:
        if DATA[0] in dumping:
            empty_our_tables()
        run(*(option.format(file=file, to=target) for option in restoring))

        assert find_faults() == []
        assert find_klanten({}, 0, 1).count == len(klanten) * times
        mended = mend_database(lambda _count: None)
        assert (mended.faults, mended.etags) == ([], 0)
        page = api.get().json()
        assert page["count"] == len(klanten)
        assert page["results"] == klanten
        assert [api.get(each["url"]).headers["ETag"] for each in klanten] == etags
