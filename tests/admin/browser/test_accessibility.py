"""axe-core finds nothing in the pages of the admin that is ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from klanten_plugin.models import Klant, KlantRol, NhrState, OutboxRow, RolBron
from tests.api_client import ApiClient

from ..pages import LIST, STAND, klant_page
from .accessibility import faults_of
from .conftest import Tab
from .world import fill

ROOT = "/admin/klanten_plugin/"


def _klant(page: str = "change", kind: str = "natuurlijk_persoon") -> str:
    return klant_page(Klant.objects.get(subject_type=kind), page)


def _row(model: Any) -> str:
    return f"{ROOT}{model._meta.model_name}/{model.objects.latest('pk').pk}/change/"


PAGES: dict[str, Callable[[], str]] = {
    "klanten": lambda: LIST,
    "search": lambda: f"{LIST}?zoek=vergeten",
    "person": _klant,
    "vestiging": lambda: _klant(kind="vestiging"),
    "change": lambda: _klant("wijzigen"),
    "delete": lambda: _klant("delete"),
    "log": lambda: _klant("history"),
    "kinds": lambda: f"{LIST}add/",
    "add": lambda: f"{LIST}add/?subject_type=natuurlijk_persoon",
    "status": lambda: STAND,
    "config": lambda: f"{ROOT}klantenconfig/",
    "outbox": lambda: f"{ROOT}outboxrow/",
    "outbox row": lambda: _row(OutboxRow),
    "nhr": lambda: f"{ROOT}nhrstate/",
    "nhr of a klant": lambda: _row(NhrState),
    "nhr bill": lambda: f"{ROOT}nhrverbruik/",
    "rollen": lambda: f"{ROOT}klantrol/",
    "rol": lambda: _row(KlantRol),
    "bronnen": lambda: f"{ROOT}rolbron/",
    "bron": lambda: _row(RolBron),
    "other relations": lambda: f"{ROOT}otherrelatie/",
}


@pytest.mark.parametrize(
    ("scheme", "language"), [("light", "nl-NL"), ("dark", "en-GB")]
)
def test_axe_core(
    tab: Tab, api: ApiClient, settings: Any, scheme: str, language: str
) -> None:
    """Every page; colours differ by scheme and texts by language, so two rounds do."""
    settings.LANGUAGE_CODE = language[:2]
    fill(api)
    tab.page.emulate_media(color_scheme=scheme)
    tab.page.set_extra_http_headers({"Accept-Language": language})
    found = {}
    for name, path in PAGES.items():
        tab.open(path())
        found |= {(name, rule): nodes for rule, nodes in faults_of(tab).items()}
    assert found == {}
