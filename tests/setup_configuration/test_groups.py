"""Predefined groups of permissions, from a configuration file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import CommandError, call_command

import pytest

from klanten_plugin.setup_configuration.groups import GROUPS, TRAIL

pytestmark = pytest.mark.django_db

if not apps.is_installed("django.contrib.auth"):
    pytest.skip("a host without users", allow_module_level=True)


def groups_of(path: Path, *names: str) -> str:
    file = path / "klanten.yaml"
    file.write_text(f"klanten_groepen:\n  groepen: [{', '.join(names)}]\n", "utf-8")
    output = io.StringIO()
    call_command("klanten_setup", str(file), stdout=output)
    return output.getvalue()


def rights_of(name: str) -> set[str]:
    group: Any = apps.get_model("auth", "Group").objects.get(name=GROUPS[name][0])
    return set(group.permissions.values_list("codename", flat=True))


def test_the_groups_have_their_rights(tmp_path: Path) -> None:
    printed = groups_of(tmp_path, *GROUPS)
    for name, (_title, rights) in GROUPS.items():
        assert f"groep {name}: aangemaakt" in printed
        # a misspelled one would be omitted silently
        assert rights_of(name) == set(rights)
    assert TRAIL not in rights_of("lezen")
    assert [name for name in GROUPS if "view_bsn" in rights_of(name)] == ["bsn"]


def test_twice_changes_nothing(tmp_path: Path) -> None:
    groups_of(tmp_path, "lezen")
    assert groups_of(tmp_path, "lezen") == "groep lezen: ongewijzigd\n"


def test_rights_are_put_right_and_members_stay(tmp_path: Path) -> None:
    groups_of(tmp_path, "lezen")
    group: Any = apps.get_model("auth", "Group").objects.get()
    user = apps.get_model("auth", "User").objects.create(username="medewerker")
    group.user_set.add(user)
    group.permissions.clear()
    assert groups_of(tmp_path, "lezen") == "groep lezen: gewijzigd\n"
    assert rights_of("lezen") == set(GROUPS["lezen"][1])
    assert list(group.user_set.all()) == [user]


def test_an_unknown_group(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="kies uit: lezen, beheren, bsn, inzage"):
        groups_of(tmp_path, "alles")
