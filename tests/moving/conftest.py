"""The other API, and helpers to run the commands in a temporary folder."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.management import CommandError, call_command
from django.db import connection

import pytest
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from tests.moving.other_api import SECRET, OtherApi, serve

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def _other_server() -> Iterator[OtherApi]:
    with serve(OtherApi()) as api:
        yield api


@pytest.fixture
def other(_other_server: OtherApi) -> OtherApi:
    """The other API, initially without klanten."""
    port = _other_server.port
    _other_server.__init__(port=port)  # type: ignore[misc]
    return _other_server


def register(root: str, **fields: Any) -> Service:
    """Create the Service with the credentials for this root."""
    values = {
        "api_type": APITypes.orc,
        "auth_type": AuthTypes.zgw,
        "client_id": "verhuizer",
        "secret": SECRET,
        "timeout": 5,
        **fields,
    }
    service: Service = Service.objects.create(
        label="Andere", slug="andere", api_root=f"{root}/", **values
    )
    return service


def this_database() -> dict[str, str]:
    """Return the environment of a command on the database of the tests."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": url._replace(path=f"/{name}").geturl(),
        "PYTHONPATH": str(ROOT),
    }


@dataclass
class Outcome:
    """The result of a run of ``klanten_import``, with its report."""

    output: str
    error: str
    report: list[dict[str, str]]

    @property
    def counts(self) -> tuple[int, ...]:
        """Return the numbers of new, updated, equal, different and refused klanten."""
        words = self.output.replace(",", "").split()
        return tuple(int(word) for word in words if word.isdigit())

    def faults(self) -> set[tuple[int | None, str, str]]:
        """Return the number of the klant, the field and the code of each error."""
        return {
            (UUID(row["klant"]).int if row["klant"] else None, row["veld"], row["code"])
            for row in self.report
        }

    def places(self) -> set[str]:
        """Return the positions of the klanten in the report."""
        return {row["plaats"] for row in self.report}


Import = Callable[..., Outcome]


@pytest.fixture
def run_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Run ``klanten_import``. The error is the exception that ended it, if any."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> Outcome:
        output, error = io.StringIO(), ""
        try:
            call_command("klanten_import", *args, stdout=output)
        except CommandError as raised:
            error = str(raised)
        report = Path("klanten_import.csv")
        lines = report.read_text(encoding="utf-8") if report.exists() else ""
        return Outcome(
            output.getvalue().partition("\n")[0],
            error,
            list(csv.DictReader(io.StringIO(lines))),
        )

    return run
