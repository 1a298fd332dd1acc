"""Every table of a klant has the trigger that Django's models can't declare."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import IntegrityError, connection, transaction

import pytest

from klanten_plugin.constants import KlantType
from klanten_plugin.domain.klanten.etags import is_known
from klanten_plugin.models import SUBJECTS, Klant
from klanten_plugin.models.groups import Group, owned_groups
from klanten_plugin.models.subjects import subject_accessor
from tests.api_client import ApiClient
from tests.bodies import KINDS, full_body


def groups_of(kind: str) -> Iterator[type[Group]]:
    """Yield the groups of a klant of this kind: address, subject, and nested ones."""
    own = owned_groups(Klant)
    waiting = [own["adres"], own[subject_accessor(KlantType(kind))]]
    while waiting:
        group = waiting.pop()
        yield group
        waiting += owned_groups(group).values()


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_any_group_is_seen_by_the_etag(api: ApiClient, kind: str) -> None:
    url = api.create(**full_body(kind))["url"]
    for group in groups_of(kind):
        api.get(url)
        assert is_known(Klant.objects.get().etag)

        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {group._meta.db_table} SET id = id")  # noqa: S608
            assert cursor.rowcount == 1, group

        assert not is_known(Klant.objects.get().etag), f"no trigger: {group}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_klant_has_no_subject_of_another_kind(api: ApiClient, kind: str) -> None:
    api.create(**full_body(kind))
    klant = Klant.objects.get()
    for other, model in SUBJECTS.items():
        if other == kind:
            continue
        refused = pytest.raises(IntegrityError, match=f"not of type {other}")
        with refused, transaction.atomic():
            model.objects.create(klant=klant)
