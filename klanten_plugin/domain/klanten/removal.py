"""Remove the rows of a klant: itself, its groups, and what else refers to it.

Django reads every row that it deletes, one table after the other: fifteen statements for
a klant. One statement does the same, made of the relations of the models as Django's own
deletion is. Django does it where the host has models of its own that refer to a klant.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.signals import post_delete, pre_delete

from ...models import Klant


def remove_klant(klant: Klant) -> None:
    """Delete a klant that is locked; rows that outlive it refer to none afterwards.

    The host's receivers of ``pre_delete`` and ``post_delete`` hear of the klant, not of
    its groups.
    """
    if any(model._meta.app_label != Klant._meta.app_label for model in _models()):
        klant.delete()
        return
    about = {"instance": klant, "using": DEFAULT_DB_ALIAS, "origin": klant}
    pre_delete.send(Klant, **about)
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {"pk": klant.pk})
    post_delete.send(Klant, **about)


@cache
def _models() -> frozenset[type[models.Model]]:
    """The klant and all models of which rows change with it."""
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
def _statement() -> str:
    """All of it in one: foreign keys are only looked at when the transaction ends."""
    table = Klant._meta.db_table
    steps = list(_steps(Klant, "%(pk)s"))
    parts = ", ".join(f"step_{number} AS ({step})" for number, step in enumerate(steps))
    return f"WITH {parts} DELETE FROM {table} WHERE id = %(pk)s"  # noqa: S608 - names


def _steps(model: type[models.Model], keys: str) -> Iterator[str]:
    """The statements for what refers to the rows of ``model`` with these ``keys``."""
    for relation in model._meta.related_objects:
        owned, column = relation.related_model, relation.field.column
        table, condition = owned._meta.db_table, f"{column} IN ({keys})"
        if relation.on_delete is models.SET_NULL:
            yield f"UPDATE {table} SET {column} = NULL WHERE {condition}"  # noqa: S608 - names
        else:
            assert relation.on_delete is models.CASCADE
            yield from _steps(owned, f"SELECT id FROM {table} WHERE {condition}")  # noqa: S608 - names
            yield f"DELETE FROM {table} WHERE {condition}"  # noqa: S608 - names
