"""The configuration page, in a host that caches singletons."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command

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
ALIAS = "https://nlx.example.nl/klanten/api/v1"
SUBSCRIPTION = "https://nrc.example.nl/abonnement/9"
FORM = {
    "nhr_abonnement": "",
    "rollen_aliassen": "",
    "rollen_beleid": "remove",
    "bronnen-TOTAL_FORMS": "0",
    "bronnen-INITIAL_FORMS": "0",
}


@pytest.fixture(autouse=True)
def cached(settings: Any) -> Any:
    """A cached configuration, which a worker has changed since."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend}}
    settings.SOLO_CACHE = "default"
    cache.clear()
    KlantenConfig.get_solo().save()
    KlantenConfig.objects.update(abonnement_url=SUBSCRIPTION, rollen_aliassen=[ALIAS])
    yield
    cache.clear()


def test_what_a_worker_wrote_is_seen_at_once(admin_client: Any) -> None:
    assert ALIAS in admin_client.get(PAGE).content.decode()


def test_set_up_leaves_what_it_is_not_about(tmp_path: Any) -> None:
    file = tmp_path / "klanten.yaml"
    file.write_text("klanten_config:\n  rollen_beleid: remove\n", encoding="utf-8")
    call_command("klanten_setup", str(file))
    config = KlantenConfig.objects.get()
    assert config.rollen_beleid == RollenBeleid.REMOVE
    assert config.abonnement_url == SUBSCRIPTION
    assert config.rollen_aliassen == [ALIAS]


def test_the_form_saves_what_was_changed_in_it(admin_client: Any) -> None:
    """Concurrent changes of other fields by a worker are preserved."""
    KlantenConfig.objects.update(abonnement_url="https://nrc.nl/abonnement/1")
    answer = admin_client.post(PAGE, FORM)
    assert answer.status_code == 302, answer.content
    config = KlantenConfig.objects.get()
    assert config.rollen_beleid == RollenBeleid.REMOVE
    assert config.abonnement_url == "https://nrc.nl/abonnement/1"
