"""From one running host to another: over HTTP, with a token, without fakes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection

import pytest

from klanten_plugin.models import Klant, KlantRol, OutboxRow
from tests.api_client import KLANTEN, SECRET, URL, ApiClient, make_application
from tests.bodies import KINDS, full_body
from tests.moving.conftest import Import, register
from tests.served.server import running_server


@contextmanager
def second_host() -> Iterator[str]:
    """The API root of a host with a copy of the empty database."""
    name = connection.settings_dict["NAME"]
    # next to those of other runs on the same server
    copy = f"{name}_second_host"
    quoted, template = map(connection.ops.quote_name, (copy, name))
    connection.close()  # a database that is in use can't be copied
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")
        cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE {template}")
    try:
        with ExitStack() as stack:
            with _named(copy):  # settings for the server
                origin = stack.enter_context(running_server(1))
            yield f"{origin}/klanten/api/v1"
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


@contextmanager
def _named(name: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.settings_dict["NAME"] = before


def shown(api: ApiClient) -> list[dict[str, Any]]:
    """Return the klanten without their URLs."""
    klanten = api.get().json()["results"]
    return sorted(({**klant, "url": klant["url"][-36:]} for klant in klanten), key=str)


@pytest.mark.django_db(transaction=True)
def test_all_that_a_klant_is_comes_over(
    multi_component: None, run_import: Import
) -> None:
    api = make_application("verhuizer", *KLANTEN)
    for number, kind in enumerate(KINDS):
        api.create(**full_body(kind, klantnummer=f"vol-{number}"))
    api.create(subject="", subjectIdentificatie={"inpBsn": ""})
    there = shown(api)

    with second_host() as root:
        Klant.objects.all().delete()
        OutboxRow.objects.all().delete()
        register(root, secret=SECRET)
        first = run_import("--from", f"{root}/")
        assert (first.counts, first.error) == ((4, 0, 4, 0, 0), "")
        etags = [api.get(f"{URL}/{klant['url']}").headers["ETag"] for klant in there]
        second = run_import("--from", root, "--update")

    assert second.counts == (0, 0, 4, 0, 0)
    assert shown(api) == there
    assert [
        api.get(f"{URL}/{klant['url']}").headers["ETag"] for klant in there
    ] == etags
    assert not OutboxRow.objects.exists()
    assert not KlantRol.objects.exists()
