"""Every kind of API is in every registry that needs it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from klanten_plugin.conf import host_names, settings
from klanten_plugin.constants import ROLLEN, OutboxKind, RolSoort
from klanten_plugin.domain.klanten.urls import OwnAddresses
from klanten_plugin.models import KlantenConfig
from klanten_plugin.models.relaties import APIS
from klanten_plugin.schedule import LOOK, ROLLEN as TASK, beat_schedule
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.rollen.full_pass import STEPS
from klanten_plugin.sync.rollen.lists import Walk
from klanten_plugin.sync.rollen.pass_state import PassState, Phase
from klanten_plugin.tasks import TASKS, look_at_rollen, reconcile_rollen

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


def test_beat_looks_every_few_minutes() -> None:
    assert beat_schedule()[LOOK]["schedule"] < settings.ROLLEN_LOOK_SECONDS
    assert look_at_rollen.name == LOOK


def test_the_task_of_beat(db: Any, cm: RunningPeer) -> None:
    choose(cm)
    reconcile_rollen()


def test_a_state_survives_storage() -> None:
    walk = Walk(page=3, skipped={"geen object": 2})
    state = PassState(walk, Phase.KLANTEN, round=2, after=7)
    assert PassState.load(json.loads(json.dumps(state.dump()))) == state


def test_every_phase_has_a_step() -> None:
    assert set(STEPS) == set(Phase)


ADDRESSES = OwnAddresses(
    ("https://a.nl/v1/klanten", "http://nlx:8080/x/klanten"), frozenset({"zaken"})
)
UUID_TEXT = "6a0a6c0e-64dd-4f37-a9d7-ef1b49bbbb74"
HEX = UUID_TEXT.replace("-", "")

OURS = [
    f"https://a.nl/v1/klanten/{UUID_TEXT}",
    f"https://a.nl/v1/klanten/{UUID_TEXT.upper()}",
    f"https://a.nl/v1/klanten/{HEX}",
    f"https://a.nl/v1/klanten/{UUID_TEXT}?expand=x&page=2",
    f"https://a.nl/v1/klanten/{UUID_TEXT}#top",
    f"HTTPS://A.NL/v1/klanten/{UUID_TEXT}",
    f"https://a.nl./v1/klanten/{UUID_TEXT}",
    f"https://a.nl:443/v1/klanten/{UUID_TEXT}",
    f"http://a.nl/v1/klanten/{UUID_TEXT}",
    f"http://a.nl:80/v1/klanten/{UUID_TEXT}",
    f"https://wie:wat@a.nl/v1/klanten/{UUID_TEXT}",
    f"https://a.nl/%76%31/klanten/{UUID_TEXT}",
    f"https://a.nl/v1/klanten/%36{UUID_TEXT[1:]}",
    f"https://a.nl/v1/x/../klanten/./{UUID_TEXT}",
    f"https://a.nl/v1/x/%2e%2e/klanten/{UUID_TEXT}",
    f"http://nlx:8080/x/klanten/{UUID_TEXT}",
    f"http://NLX:8080/x/klanten/{HEX.upper()}?",
    f"http://zaken:8000/v1/klanten/{UUID_TEXT}",
]

NOT_OURS = [
    "https://a.nl/v1/klanten",
    f"https://a.nl/V1/klanten/{UUID_TEXT}",
    f"https://a.nl:8443/v1/klanten/{UUID_TEXT}",
    f"https://a.nl/v1/klantenx/{UUID_TEXT}",
    f"https://a.nl/v1/klanten/../{UUID_TEXT}",
    f"https://a.nl@b.nl/v1/klanten/{UUID_TEXT}",
    f"https://b.nl/v1/klanten/{UUID_TEXT}",
    f"http://nlx/x/klanten/{UUID_TEXT}",
    f"http://zaken/x/klanten/{UUID_TEXT}",
    f"ftp://a.nl/v1/klanten/{UUID_TEXT}",
    f"https://a.nl:x/v1/klanten/{UUID_TEXT}",
    f"https://[a.nl/v1/klanten/{UUID_TEXT}",
    f"https://{'a' * 70}.nl/v1/klanten/{UUID_TEXT}",
    f"//a.nl/v1/klanten/{UUID_TEXT}",
    "geen URL",
    "",
]

OURS_WITHOUT_UUID = [
    f"https://a.nl/v1/klanten/{UUID_TEXT}/",
    f"https://a.nl/v1/klanten/{UUID_TEXT}/audittrail",
    "https://a.nl/v1/klanten/x",
]


@pytest.mark.parametrize("url", OURS)
def test_every_spelling_of_a_klant(url: str) -> None:
    assert ADDRESSES.is_ours(url)
    assert ADDRESSES.uuid_of(url) == UUID(UUID_TEXT)


@pytest.mark.parametrize("url", NOT_OURS)
def test_klanten_of_others(url: str) -> None:
    assert not ADDRESSES.is_ours(url)
    assert ADDRESSES.uuid_of(url) is None
    assert ADDRESSES.reason(url)


@pytest.mark.parametrize("url", OURS_WITHOUT_UUID)
def test_ours_and_no_klant(url: str) -> None:
    assert ADDRESSES.is_ours(url)
    assert ADDRESSES.uuid_of(url) is None


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (["*", ".nl", "localhost", "127.0.0.1", "[::1]"], set()),
        (["Zaken", "a.nl"], {"zaken", "a.nl"}),
    ],
)
def test_names_of_this_host(settings: Any, names: list[str], known: set[str]) -> None:
    settings.ALLOWED_HOSTS = names
    assert host_names() == known
