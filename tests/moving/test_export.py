"""``klanten_export``: a consistent snapshot, readable only by its owner."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection, transaction

import pytest

from klanten_plugin.domain.klanten.addresses import own_collection_url
from klanten_plugin.models import Klant
from klanten_plugin.sync.moving import files as klanten_files
from tests.api_client import KLANTEN, ApiClient, make_application
from tests.bodies import KINDS, Body, full_body
from tests.moving.conftest import Import, this_database

pytestmark = pytest.mark.django_db(transaction=True)

FILE = Path("klanten.jsonl")


@pytest.fixture
def everyone(multi_component: None, run_import: Import) -> ApiClient:
    """A klant of each kind with all fields, and one with only the required fields."""
    api = make_application("all", *KLANTEN)
    for number, kind in enumerate(KINDS):
        api.create(**full_body(kind, klantnummer=f"vol-{number}"))
    api.create()
    return api


def test_there_and_back(everyone: ApiClient, run_import: Import) -> None:
    before = everyone.get().json()["results"]
    call_command("klanten_export", str(FILE), stderr=io.StringIO())
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    assert [path.name for path in FILE.parent.iterdir()] == [FILE.name]
    for klant in before[:-1]:
        everyone.delete(klant["url"])

    outcome = run_import(str(FILE))

    assert (outcome.counts, outcome.error) == ((3, 0, 1, 0, 0), "")
    after = everyone.get().json()["results"]
    assert sorted(after, key=str) == sorted(before, key=str)
    for klant in before[:-1]:
        (line,) = everyone.audit_lines(klant)
        assert line["wijzigingen"] == {"oud": {}, "nieuw": _outside(klant)}
        assert line["applicatieWeergave"] == "Import van klanten"
        assert line["resultaat"] == 201


def test_as_all_were_at_one_moment(
    everyone: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(klanten_files, "BATCH", 1)
    lines: list[bytes] = []
    steps: list[int] = []

    def delete_the_rest() -> None:
        Klant.objects.all().delete()
        connection.close()

    def meanwhile(step: int) -> None:
        steps.append(step)
        if len(lines) == 1:
            other_connection = Thread(target=delete_the_rest)
            other_connection.start()
            other_connection.join()

    # from the first row of a database
    Klant.objects.create(pk=1, bronorganisatie="123456782", klantnummer="een")
    assert klanten_files.write_klanten(lines.append, meanwhile) == 5
    assert steps == [1] * 5
    assert len({json.loads(line)["url"] for line in lines}) == 5
    assert not Klant.objects.exists()


def test_not_within_a_transaction_of_somebody_else(everyone: ApiClient) -> None:
    """The snapshot and the changes would be those of the outer transaction."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        klanten_files.write_klanten(lambda _line: None)


def test_without_cursors(everyone: ApiClient) -> None:
    """Behind a connection pooler, cursors would belong to other clients."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        (before,) = cursor.fetchone()
    seen = []

    def look(_count: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors")
            seen.append(cursor.fetchone()[0])

    klanten_files.write_klanten(lambda _line: None, look)
    assert seen == [before]


def test_to_the_output(
    everyone: ApiClient, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    call_command("klanten_export", "-", stderr=io.StringIO())
    sys.stdout.flush()

    lines = capfdbinary.readouterr().out.splitlines()
    shown = map(_outside, everyone.get().json()["results"])
    assert [json.loads(line) for line in lines] == list(shown)


def _outside(klant: Body) -> Body:
    """Return the klant with the URL for use outside a request."""
    return {**klant, "url": f"{own_collection_url()}/{klant['url'][-36:]}"}


def test_an_output_that_nobody_reads(everyone: ApiClient) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "django", "klanten_export", "-"],
        env=this_database(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    said = process.stderr.read().decode()
    assert process.wait() == 1
    assert "De lezer van de uitvoer is gestopt" in said
    assert "Traceback" not in said
    process.stderr.close()


def test_a_file_that_is_there_stays(everyone: ApiClient) -> None:
    FILE.write_text("van mij", encoding="utf-8")

    with pytest.raises(CommandError, match="bestaat al"):
        call_command("klanten_export", str(FILE))
    assert FILE.read_text(encoding="utf-8") == "van mij"


def test_a_folder_that_is_not(everyone: ApiClient) -> None:
    with pytest.raises(CommandError, match="geen/klanten"):
        call_command("klanten_export", "geen/klanten.jsonl")


def test_what_was_not_finished_is_not_there(
    everyone: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: Any, **_options: Any) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(klanten_files.orjson, "dumps", fails)
    with pytest.raises(CommandError, match="No space"):
        call_command("klanten_export", str(FILE))
    assert not list(Path().iterdir())
