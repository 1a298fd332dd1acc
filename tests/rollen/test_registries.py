"""Every kind of API is known wherever it must be."""

from __future__ import annotations

from typing import Any

import pytest

from klanten_plugin.clients.rollen.reading import APIS
from klanten_plugin.constants import ROLLEN, OutboxKind, RolSoort
from klanten_plugin.domain.klanten.urls import OwnAddresses
from klanten_plugin.models import KlantenConfig
from klanten_plugin.schedule import ROLLEN as TASK, beat_schedule
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.rollen.full_pass import PassState
from klanten_plugin.sync.rollen.lists import Walk
from klanten_plugin.tasks import TASKS, reconcile_rollen

from .conftest import choose
from .peers import KINDS, RunningPeer


def test_every_kind_is_known() -> None:
    assert set(APIS) == set(ROLLEN) == set(RolSoort)
    for soort in RolSoort:
        KlantenConfig._meta.get_field(f"{soort.value}_services")
        assert KINDS[soort.value].relations == APIS[soort].collection


def test_every_kind_of_work_has_who_does_it() -> None:
    assert set(HANDLERS) == set(TASKS) == set(OutboxKind)
    names = {task.name for task in TASKS.values()}
    assert len(names) == len(TASKS)
    assert all(name.startswith("klanten_plugin.") for name in names)


def test_beat_asks_for_all_roles() -> None:
    assert beat_schedule(rollen_interval=60)[TASK]["schedule"] == 60
    assert reconcile_rollen.name == TASK


def test_the_task_of_beat(db: Any, cm: RunningPeer) -> None:
    choose(cm)
    reconcile_rollen()


def test_a_state_survives_storage() -> None:
    state = PassState(Walk(page=3, skipped={"geen object": 2}), round=2, after=7)
    assert PassState.load(state.dump()) == state


ADDRESSES = OwnAddresses(("https://a.nl/v1/klanten", "http://nlx/x/klanten"))
UUID_TEXT = "6a0a6c0e-64dd-4f37-a9d7-ef1b49bbbb74"


@pytest.mark.parametrize(
    ("url", "ours", "uuid"),
    [
        (f"https://a.nl/v1/klanten/{UUID_TEXT}", True, UUID_TEXT),
        (f"https://a.nl/v1/klanten/{UUID_TEXT.upper()}", True, UUID_TEXT),
        (f"http://nlx/x/klanten/{UUID_TEXT}", True, UUID_TEXT),
        (f"https://a.nl/v1/klanten/{UUID_TEXT}/", True, None),
        ("https://a.nl/v1/klanten/x", True, None),
        ("https://a.nl/v1/klanten", False, None),
        (f"http://a.nl/v1/klanten/{UUID_TEXT}", False, None),
        (f"https://a.nl/v1/klantenx/{UUID_TEXT}", False, None),
        (f"https://b.nl/v1/klanten/{UUID_TEXT}", False, None),
    ],
)
def test_whose_klant_is_it(url: str, ours: bool, uuid: str | None) -> None:
    assert ADDRESSES.is_ours(url) is ours
    found = ADDRESSES.uuid_of(url)
    assert (str(found) if found else None) == uuid
