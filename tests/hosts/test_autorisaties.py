"""Open Zaak's form *Beheer autorisaties* and the authorisations on ``kc``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.test import Client
from django.urls import clear_url_caches, path

import pytest
from vng_api_common.authorizations.models import Applicatie, Autorisatie

from klanten_plugin.contrib.openzaak_autorisaties import (
    OPEN_ZAAK,
    keep_other_components,
)

APP = "tests.hosts.autorisaties"
KC = ("kc", ["klanten.lezen", "klanten.aanmaken"])
ZRC = ("zrc", ["zaken.lezen"])
AC = ("ac", ["autorisaties.lezen"])

urlpatterns: list[Any] = []


@pytest.fixture
def form(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The modules of the form in the places where the host imports them."""
    for name in [name for name in sys.modules if name.startswith(APP)]:
        monkeypatch.delitem(sys.modules, name)
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, APP]
    views = import_module(f"{APP}.admin_views")

    def view(request: Any, object_id: str) -> Any:
        return views.autorisaties_view(request, object_id)

    monkeypatch.setattr(
        sys.modules[__name__], "urlpatterns", [path("<object_id>/", view)]
    )
    settings.ROOT_URLCONF = __name__
    yield import_module(f"{APP}.forms")
    clear_url_caches()


@pytest.fixture
def applicatie(db: Any) -> Any:
    return Applicatie.objects.create(label="KISS", client_ids=["kiss"])


def give(applicatie: Any, *given: tuple[str, list[str]]) -> list[int]:
    return [
        Autorisatie.objects.create(
            applicatie=applicatie, component=component, scopes=scopes
        ).pk
        for component, scopes in given
    ]


def rows(applicatie: Any) -> list[tuple[str, list[str]]]:
    return sorted(applicatie.autorisaties.values_list("component", "scopes"))


def save(applicatie: Any, **values: str) -> None:
    """Open the form, change values, and save it."""
    client, url = Client(), f"/{applicatie.pk}/"
    data = client.get(url).json()
    assert client.post(url, {**data, **values}).status_code == 204


FIRST = {"form-0-component": "zrc", "form-0-scopes": "zaken.lezen"}


@pytest.mark.parametrize(
    ("given", "values", "expected"),
    [
        ([KC], FIRST, [KC, ZRC]),
        ([KC, AC], {}, [AC, KC]),
        ([AC, KC], {"form-0-scopes": "autorisaties.bijwerken"}, None),
        ([AC], {}, [AC]),
        ([], FIRST, [ZRC]),
    ],
    ids=["kc alone", "kc first", "kc last", "without kc", "with nothing"],
)
def test_they_stay(
    form: Any, applicatie: Any, given: Any, values: dict[str, str], expected: Any
) -> None:
    assert keep_other_components(APP)
    give(applicatie, *given)
    ours = list(Autorisatie.objects.filter(component="kc").values())
    save(applicatie, **values)
    assert rows(applicatie) == (expected or [("ac", ["autorisaties.bijwerken"]), KC])
    assert list(Autorisatie.objects.filter(component="kc").values()) == ours


def test_without_it_they_are_gone(form: Any, applicatie: Any) -> None:
    """The behaviour of Open Zaak itself. Otherwise the test above proves nothing."""
    give(applicatie, KC)
    save(applicatie, **FIRST)
    assert rows(applicatie) == [ZRC]


def test_nobody_is_told_of_what_did_not_change(form: Any, applicatie: Any) -> None:
    keep_other_components(APP)
    give(applicatie, KC, AC)
    save(applicatie)
    assert form.told == []


def test_those_of_other_applications_are_left_alone(form: Any, applicatie: Any) -> None:
    keep_other_components(APP)
    other = Applicatie.objects.create(label="other", client_ids=["other"])
    give(other, KC)
    save(applicatie, **FIRST)
    assert rows(other) == [KC]
    assert rows(applicatie) == [ZRC]


def test_a_second_time_changes_nothing(form: Any) -> None:
    keep_other_components(APP)
    first = form.AutorisatieBaseFormSet.save
    assert keep_other_components(APP)
    assert form.AutorisatieBaseFormSet.save is first


def test_other_hosts_do_not_have_it() -> None:
    assert not keep_other_components()
    assert OPEN_ZAAK not in sys.modules
