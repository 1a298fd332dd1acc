"""The klanten of the demo are plausible, valid and nobody's."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.apps import apps
from django.core.management import call_command

import pytest
from vng_api_common.validators import validate_bsn, validate_rsin

from klanten_plugin.models import Klant, NhrState, OutboxRow

if not apps.is_installed("testapp"):
    pytest.skip("the command is the full host's", allow_module_level=True)

from testapp.management.commands.klanten_demo import FILE

KLANTEN: list[dict[str, Any]] = [
    json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()
]
COUNT = 500


def values_at(path: str) -> list[str]:
    """Return all values of the field with this dotted path."""
    found = []
    for klant in KLANTEN:
        value: Any = klant
        for name in path.split("."):
            value = (value or {}).get(name)
        if value is not None:
            found.append(value)
    return found


def test_shares_of_kinds_and_organisations() -> None:
    kinds = Counter(values_at("subjectType"))
    assert kinds.total() == COUNT
    assert 0.75 < kinds["natuurlijk_persoon"] / COUNT < 0.85
    assert 0.10 < kinds["vestiging"] / COUNT < 0.20
    assert 0.02 < kinds["niet_natuurlijk_persoon"] / COUNT < 0.08
    assert len(set(values_at("bronorganisatie"))) == 3


@pytest.mark.parametrize(
    ("path", "validate"),
    [
        ("bronorganisatie", validate_rsin),
        ("subjectIdentificatie.inpBsn", validate_bsn),
        ("subjectIdentificatie.innNnpId", validate_rsin),
    ],
)
def test_numbers_pass_the_11_proef_and_are_nobodys(path: str, validate: Any) -> None:
    numbers = values_at(path)
    assert numbers
    for number in numbers:
        validate(number)
        assert number.startswith("9")


def test_nobody_gets_mail_from_the_demo() -> None:
    domains = {address.rpartition("@")[2] for address in values_at("emailadres")}
    assert domains == {"example.com", "example.nl", "example.org"}


@pytest.mark.django_db
def test_the_command_adds_the_klanten_once(capsys: Any) -> None:
    call_command("klanten_demo")
    first = list(Klant.objects.order_by("pk").values())
    assert "500 nieuw" in capsys.readouterr().out

    call_command("klanten_demo")

    assert len(first) == COUNT
    assert list(Klant.objects.order_by("pk").values()) == first
    assert "500 gelijk" in capsys.readouterr().out
    # nobody is notified, and no register is asked for them at once
    assert not OutboxRow.objects.exists()
    assert NhrState.objects.filter(due_at__isnull=False).exists()
