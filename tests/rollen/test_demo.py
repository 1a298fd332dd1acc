"""``manage.py testapp_setup``: a klant of the demo with roles of both APIs."""

from __future__ import annotations

from typing import Any

from django.apps import apps

import pytest

from klanten_plugin.models import KlantRol
from tests.demo import set_up

from .conftest import make_klant, mirror, source, work
from .peers import SECRET, RunningPeer

if not apps.is_installed("testapp"):
    pytest.skip("a host without the demo", allow_module_level=True)

from testapp.demo.relations import make_relations


def configure(cm: RunningPeer, vz: RunningPeer) -> None:
    set_up(rollen=[cm.root, vz.root, SECRET])
    make_relations()


def test_demo(db: Any, cm: RunningPeer, vz: RunningPeer) -> None:
    klant = make_klant()
    for _twice in range(2):
        configure(cm, vz)
    work()
    assert mirror() == source(cm, vz)
    found = {(rol.bron.soort, rol.rol) for rol in klant.rollen.current()}
    assert found == {
        ("contactmomenten", "belanghebbende"),
        ("contactmomenten", "gesprekspartner"),
        ("verzoeken", "initiator"),
        ("verzoeken", "mede_initiator"),
    }


def test_nothing_is_left_of_an_address_of_before(
    db: Any, cm: RunningPeer, cm_second: RunningPeer, vz: RunningPeer
) -> None:
    """As when the demo starts, and another process is using its port."""
    klant = make_klant()
    configure(cm, vz)
    work()
    configure(cm_second, vz)
    work()
    assert mirror() == source(cm_second, vz)
    assert klant.rollen.current().count() == source_count(cm_second, vz)
    assert not KlantRol.objects.filter(url__startswith=cm.root).exists()


def source_count(*peers: RunningPeer) -> int:
    return sum(len(peer.relations()) for peer in peers)
