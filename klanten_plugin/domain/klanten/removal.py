"""Delete a klant with its groups and other related rows.

Django's deletion reads every related table: fifteen statements for a klant. Here a
single statement does the same, derived from the relations of the models, and also
writes the line in the register of deletions. If models of the host refer to klanten,
Django's deletion is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.signals import post_delete, pre_delete

from ...models import Deletion, Klant


def remove_klant(klant: Klant, facts: Mapping[str, Any], lines: int) -> None:
    """Delete a locked klant, and write its line in the register of deletions.

    ``facts`` are the values of that line, except the numbers of removed rows. ``lines``
    is the number of audit lines that were removed already. Foreign keys of rows that
    outlive the klant are set to ``NULL``. ``pre_delete`` and ``post_delete`` are sent
    for the klant, not for its groups.
    """
    if any(model._meta.app_label != Klant._meta.app_label for model in _models()):
        _remove_with_django(klant, facts, lines)
        return
    about = {"instance": klant, "using": DEFAULT_DB_ALIAS, "origin": klant}
    pre_delete.send(Klant, **about)
    with connection.cursor() as cursor:
        parameters = {**facts, "pk": klant.pk, "lines": lines}
        cursor.execute(_statement(tuple(facts)), parameters)
    post_delete.send(Klant, **about)


def _remove_with_django(klant: Klant, facts: Mapping[str, Any], lines: int) -> None:
    rollen = klant.rollen.count()
    _number, counts = klant.delete()
    removed = {name.rpartition(".")[2].lower(): count for name, count in counts.items()}
    removed |= {"audittrail": lines, "klantrol": rollen}
    Deletion.objects.create(**facts, removed=removed)


@cache
def _models() -> frozenset[type[models.Model]]:
    """Return ``Klant`` and all models whose rows change with it."""
    found: set[type[models.Model]] = {Klant}
    waiting: list[type[models.Model]] = [Klant]
    while waiting:
        for relation in waiting.pop()._meta.related_objects:
            model = relation.related_model
            if model not in found:
                found.add(model)
                waiting.append(model)
    return frozenset(found)


@cache
def _statement(names: tuple[str, ...]) -> str:
    """Return the single statement; foreign keys are checked at the commit.

    ``names`` are the columns of the line in the register that have a parameter.
    """
    table = Klant._meta.db_table
    steps = list(_steps(Klant, "%(pk)s"))
    own = f"DELETE FROM {table} WHERE id = %(pk)s"  # noqa: S608 - names
    steps.append((Klant, own))
    parts = ", ".join(
        f"step_{number} AS ({step} RETURNING 1)"
        for number, (_model, step) in enumerate(steps)
    )
    values = [f"%({name})s" for name in names]
    return (
        f"WITH {parts} INSERT INTO {Deletion._meta.db_table} "  # noqa: S608 - names
        f"({', '.join([*names, 'removed'])}) "
        f"VALUES ({', '.join([*values, _counts([model for model, _ in steps])])})"
    )


def _counts(changed: list[type[models.Model]]) -> str:
    """Return the expression for the number of changed rows by model."""
    sums: dict[str, list[str]] = {"audittrail": ["%(lines)s"]}
    for number, model in enumerate(changed):
        count = f"(SELECT count(*) FROM step_{number})"  # noqa: S608 - a number
        sums.setdefault(str(model._meta.model_name), []).append(count)
    pairs = (f"'{name}', {' + '.join(counts)}" for name, counts in sums.items())
    return f"jsonb_build_object({', '.join(pairs)})"


def _steps(
    model: type[models.Model], keys: str
) -> Iterator[tuple[type[models.Model], str]]:
    """Yield the statements for rows that refer to these rows of ``model``."""
    for relation in model._meta.related_objects:
        owned, column = relation.related_model, relation.field.column
        table, condition = owned._meta.db_table, f"{column} IN ({keys})"
        if relation.on_delete is models.SET_NULL:
            step = f"UPDATE {table} SET {column} = NULL WHERE {condition}"  # noqa: S608 - names
        else:
            assert relation.on_delete is models.CASCADE
            yield from _steps(owned, f"SELECT id FROM {table} WHERE {condition}")  # noqa: S608 - names
            step = f"DELETE FROM {table} WHERE {condition}"  # noqa: S608 - names
        yield owned, step
