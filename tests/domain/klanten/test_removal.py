"""A klant is removed by one statement, and nothing of it is left."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models.signals import post_delete, pre_delete

import pytest

from klanten_plugin.models import ChangedKlant, Deletion, Klant, KlantCount, OutboxRow
from tests.api_client import ApiClient
from tests.bodies import KINDS, full_body
from tests.nhr import DONALD, vestiging


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_is_left(api: ApiClient, kind: str) -> None:
    other = api.create(**full_body(kind, klantnummer="other"))
    before = rows()
    created = api.create(**full_body(kind))
    assert rows() != before
    assert api.delete(created["url"]).status_code == 204
    assert rows() == before
    assert api.get(other["url"]).json() == other


def test_what_is_known_of_the_register_goes_too(api: ApiClient) -> None:
    before = rows()
    created = api.create(**vestiging(DONALD))
    assert api.delete(created["url"]).status_code == 204
    assert rows() == before


def rows() -> dict[str, int]:
    """How many each table has, but for those that keep what happened."""
    models = apps.get_app_config("klanten_plugin").get_models()
    return {
        model._meta.label: model._base_manager.count()
        for model in models
        if model not in (OutboxRow, KlantCount, ChangedKlant, Deletion)
        and model._meta.managed
    }


def test_receivers_of_the_host_hear_of_it(api: ApiClient) -> None:
    heard: list[Any] = []

    def hear(sender: Any, instance: Klant, signal: Any, **kwargs: Any) -> None:
        heard.append((signal, instance.klantnummer))

    created = api.create(klantnummer="K-1")
    for signal in (pre_delete, post_delete):
        signal.connect(hear, sender=Klant)
    try:
        api.delete(created["url"])
    finally:
        for signal in (pre_delete, post_delete):
            signal.disconnect(hear, sender=Klant)
    assert heard == [(pre_delete, "K-1"), (post_delete, "K-1")]
