"""Find possible duplicates: klanten with the same number or e-mail address.

Two klanten with one BSN can be correct, because the law can require separate
registrations. An administrator therefore decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.db.models import QuerySet, Value

from ...constants import DuplicateKind, KlantType
from ...models import (
    Klant,
    NatuurlijkPersoon,
    NietNatuurlijkPersoon,
    PossibleDuplicate,
    Vestiging,
)
from ...models.groups import group_paths
from .lookups import klanten_with_email
from .representation import subject_of

MOST = 20
"""Maximum number of klanten per value."""

MOST_GROUPS = 10_000
"""Maximum number of values of each kind in the list of possible duplicates."""

NUMBERS: dict[DuplicateKind, tuple[type[models.Model], KlantType, str]] = {
    DuplicateKind.BSN: (NatuurlijkPersoon, KlantType.NATUURLIJK_PERSOON, "inp_bsn"),
    DuplicateKind.VESTIGING: (Vestiging, KlantType.VESTIGING, "vestigings_nummer"),
    DuplicateKind.RSIN: (
        NietNatuurlijkPersoon,
        KlantType.NIET_NATUURLIJK_PERSOON,
        "inn_nnp_id",
    ),
}
"""The model, the type of klant and the field of each kind of number."""

Keys = Mapping[DuplicateKind, str]
"""The non-empty values by which a klant is compared, by kind."""


@dataclass(frozen=True)
class Match:
    """Another klant, and the kinds of values that it shares."""

    klant: Klant
    kinds: tuple[DuplicateKind, ...]

    @property
    def reasons(self) -> str:
        """Return the labels of the shared values."""
        return ", ".join(str(kind.label) for kind in self.kinds)


def keys_of(klant: Klant) -> dict[DuplicateKind, str]:
    """Return the keys of a klant, with its e-mail address in capitals.

    Performs no query if its groups are loaded.
    """
    subject: Any = subject_of(klant)
    found = {DuplicateKind.EMAIL: klant.emailadres.upper()}
    for kind, (model, _type, field) in NUMBERS.items():
        if isinstance(subject, model):
            found[kind] = getattr(subject, field)
    return {kind: value for kind, value in found.items() if value}


def keys_of_values(subject_type: str, values: Mapping[str, Any]) -> Keys:
    """Return the keys of a klant that doesn't exist yet, from its values."""
    subject = values.get("subject_identificatie") or {}
    found = {DuplicateKind.EMAIL: values.get("emailadres", "").upper()}
    for kind, (_model, of_type, field) in NUMBERS.items():
        if subject_type == of_type:
            found[kind] = subject.get(field, "")
    return {kind: value for kind, value in found.items() if value}


def duplicates_of(
    klant: Klant, kinds: Collection[DuplicateKind] = tuple(DuplicateKind)
) -> list[Match]:
    """Return the other klanten that share a key of one of these kinds, oldest first."""
    keys = {kind: key for kind, key in keys_of(klant).items() if kind in kinds}
    return [match for match in klanten_with(keys) if match.klant != klant]


def klanten_with(keys: Keys) -> list[Match]:
    """Return at most :data:`MOST` klanten for each key; two queries along indexes."""
    if not keys:
        return []
    first, *others = (_keys_of_rows(kind, key) for kind, key in keys.items())
    rows = first.union(*others, all=True) if others else first
    kinds: dict[int, list[DuplicateKind]] = {}
    for pk, kind in rows:
        kinds.setdefault(pk, []).append(DuplicateKind(kind))
    klanten = Klant.objects.filter(pk__in=kinds).select_related(*group_paths(Klant))
    return [Match(klant, tuple(kinds[klant.pk])) for klant in klanten.order_by("pk")]


def _keys_of_rows(kind: DuplicateKind, key: str) -> QuerySet[Any, Any]:
    """The primary keys of the klanten with a key, each with its kind."""
    if kind is DuplicateKind.EMAIL:
        found = klanten_with_email(key)
        return found.values_list("pk", Value(kind.value))[: MOST + 1]
    model, _type, field = NUMBERS[kind]
    numbered = model._default_manager.filter(**{field: key})
    return numbered.values_list("klant_id", Value(kind.value))[: MOST + 1]


def still_alike(kind: DuplicateKind, klanten: Collection[Klant]) -> list[Klant]:
    """Return the largest group among ``klanten`` that still shares a key."""
    groups: dict[str, list[Klant]] = {}
    for klant in klanten:
        if key := keys_of(klant).get(kind):
            groups.setdefault(key, []).append(klant)
    largest = max(groups.values(), key=len, default=[])
    return largest if len(largest) > 1 else []


@transaction.atomic
def refresh_duplicates() -> int:
    """Rebuild the list of possible duplicates, and return the number of groups.

    Scans each index completely. Idempotent; concurrent calls are serialised.
    """
    with connection.cursor() as cursor:
        key = "hashtextextended('klanten_plugin.duplicates', 0)"
        cursor.execute(f"SELECT pg_advisory_xact_lock({key})")
        cursor.execute(f"DELETE FROM {PossibleDuplicate._meta.db_table}")  # noqa: S608 - a name
        count = 0
        for statement, kind in _statements():
            cursor.execute(statement, {"kind": kind, "most": MOST_GROUPS})
            count += cursor.rowcount
    return count


def _statements() -> Iterator[tuple[str, str]]:
    klant = Klant._meta.db_table
    email = 'upper(emailadres) COLLATE "C"'
    yield _statement_for(klant, "id", email), DuplicateKind.EMAIL.value
    for kind, (model, _type, field) in NUMBERS.items():
        yield _statement_for(model._meta.db_table, "klant_id", field), kind.value


def _statement_for(table: str, klant: str, key: str) -> str:
    """Return SQL that finds the duplicate keys first, then their klanten."""
    return f"""
        WITH double AS (
            SELECT {key} AS key, count(*) AS count FROM {table}
            WHERE {key} > '' GROUP BY {key} HAVING count(*) > 1 LIMIT %(most)s
        )
        INSERT INTO {PossibleDuplicate._meta.db_table} (kind, klanten, count)
        SELECT %(kind)s, ARRAY(
            SELECT {klant} FROM {table} WHERE {key} = double.key
            ORDER BY {klant} LIMIT {MOST}
        ), double.count FROM double
    """  # noqa: S608 - names
