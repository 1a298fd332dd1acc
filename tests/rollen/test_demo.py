"""``manage.py testapp_rollen``: a klant of the demo with roles of both APIs."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management import call_command

import pytest

from .conftest import make_klant, mirror, source, work
from .peers import SECRET, RunningPeer

if not apps.is_installed("testapp"):
    pytest.skip("a host without the demo", allow_module_level=True)


def test_demo(db: Any, cm: RunningPeer, vz: RunningPeer) -> None:
    klant = make_klant()
    for _twice in range(2):
        call_command(
            "testapp_rollen",
            contactmomenten=cm.root,
            verzoeken=vz.root,
            secret=SECRET,
        )
    work()
    assert mirror() == source(cm, vz)
    soorten = sorted(rol.bron.soort for rol in klant.rollen.current())
    assert soorten == ["contactmomenten", "contactmomenten", "verzoeken"]
