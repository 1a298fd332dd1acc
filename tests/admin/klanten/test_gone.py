"""The page of a klant that doesn't exist (any more)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client

import pytest

from klanten_plugin.models import Klant

from ..pages import LIST

PATHS = ("999/change/", "999/wijzigen/", "999/delete/", "999/history/", "x/change/")


@pytest.mark.parametrize("path", PATHS)
def test_it_says_what_can_be_done(beheer: Client, path: str) -> None:
    response = beheer.get(LIST + path)
    text = response.content.decode()
    assert response.status_code == 404
    assert "Deze klant bestaat niet (meer)" in text
    assert "Er is geen klant met dit adres." in text
    assert f'href="{LIST}"' in text
    assert "?stand=loshangend" in text


@pytest.mark.parametrize("button", ["bsn", "teruggeven", "verversen", "rollen"])
def test_a_button_of_a_page_that_was_open(beheer: Client, button: str) -> None:
    response = beheer.post(f"{LIST}999/{button}/", {"veld": "functie"})
    assert response.status_code == 404
    assert "Deze klant bestaat niet (meer)" in response.content.decode()


def test_who_deleted_it(beheer: Client, django_user_model: Any) -> None:
    LogEntry.objects.create(
        user=django_user_model.objects.get(),
        content_type=ContentType.objects.get_for_model(Klant),
        object_id="999",
        object_repr="123456782 Kn-1",
        action_flag=DELETION,
        change_message="",
    )
    text = beheer.get(f"{LIST}999/change/").content.decode()
    assert "Klant 123456782 Kn-1 is op" in text
    assert "verwijderd door beheer." in text


def test_who_may_see_no_klanten(medewerker: Callable[..., Client]) -> None:
    assert medewerker("view_nhrstate").get(f"{LIST}999/change/").status_code == 403
