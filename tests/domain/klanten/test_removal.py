"""Deletion of a klant in a host that has a model with a foreign key to klanten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

import pytest

from klanten_plugin.domain.klanten import removal
from klanten_plugin.models import Deletion, Klant
from tests.api_client import URL, ApiClient
from tests.bodies import KINDS, full_body

pytestmark = pytest.mark.django_db

LABEL = "auth"
"""An app of every host, because relations of apps that aren't installed are ignored."""


@pytest.fixture
def dossier() -> Iterator[Any]:
    """A model of the host, and its table."""

    class Dossier(models.Model):  # noqa: DJ008 - nobody looks at it
        klant = models.ForeignKey(Klant, on_delete=models.CASCADE)

        class Meta:
            app_label = LABEL

    removal._models.cache_clear()
    with connection.schema_editor() as editor:
        editor.create_model(Dossier)
    yield Dossier
    del apps.all_models[LABEL]["dossier"]
    apps.clear_cache()
    removal._models.cache_clear()


def delete(api: ApiClient, kind: str, dossiers: Any = None) -> dict[str, int]:
    """Return the rows that were removed with a klant, per the register of deletions."""
    url = api.post(full_body(kind)).json()["url"]
    klant = Klant.objects.get()
    if dossiers is not None:
        dossiers.objects.create(klant=klant)
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    assert api.get(URL).json()["count"] == 0
    removed: dict[str, int] = Deletion.objects.latest("pk").removed
    return {name: count for name, count in removed.items() if count}


@pytest.mark.parametrize("kind", KINDS)
def test_a_host_with_a_model_that_refers_to_klanten(
    api: ApiClient, kind: str, request: pytest.FixtureRequest
) -> None:
    """Django deletes the host's rows. The register lists the same rows as usual."""
    usual = delete(api, kind)

    dossier = request.getfixturevalue("dossier")

    assert delete(api, kind, dossier) == {**usual, "dossier": 1}
    assert not dossier.objects.exists()
