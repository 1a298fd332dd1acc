"""The page of configuration, in a host that keeps singletons in its cache."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

import pytest

from klanten_plugin.constants import RollenBeleid
from klanten_plugin.models import KlantenConfig

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not apps.is_installed("django.contrib.admin"), reason="this host has no admin"
    ),
]

PAGE = "/admin/klanten_plugin/klantenconfig/"
STATUS = "/admin/klanten_plugin/statuspage/"
FORM = {
    "nhr_abonnement": "",
    "rollen_aliassen": "",
    "rollen_beleid": "remove",
    "bronnen-TOTAL_FORMS": "0",
    "bronnen-INITIAL_FORMS": "0",
}


@pytest.fixture(autouse=True)
def cached(settings: Any) -> Any:
    """A configuration that was read a moment ago, and a worker that has changed it."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend}}
    settings.SOLO_CACHE = "default"
    cache.clear()
    KlantenConfig.get_solo().save()
    KlantenConfig.objects.update(
        nhr_stopped_at=timezone.now() - timedelta(minutes=5),
        nhr_stopped_because="KVK antwoordde 401.",
    )
    yield
    cache.clear()


@pytest.mark.parametrize("page", [PAGE, STATUS])
def test_a_stop_is_seen_at_once(admin_client: Any, page: str) -> None:
    assert "KVK antwoordde 401." in admin_client.get(page).content.decode()


def test_set_up_leaves_what_it_is_not_about(tmp_path: Any) -> None:
    file = tmp_path / "klanten.yaml"
    file.write_text("klanten_config:\n  rollen_beleid: remove\n", encoding="utf-8")
    call_command("klanten_setup", str(file))
    config = KlantenConfig.objects.get()
    assert config.rollen_beleid == RollenBeleid.REMOVE
    assert config.nhr_stopped_because == "KVK antwoordde 401."


def test_the_form_saves_what_was_changed_in_it(admin_client: Any) -> None:
    """While a worker changes other fields: what it wrote is there afterwards."""
    KlantenConfig.objects.update(abonnement_url="https://nrc.nl/abonnement/1")
    answer = admin_client.post(PAGE, FORM)
    assert answer.status_code == 302, answer.content
    config = KlantenConfig.objects.get()
    assert config.rollen_beleid == RollenBeleid.REMOVE
    assert config.abonnement_url == "https://nrc.nl/abonnement/1"
