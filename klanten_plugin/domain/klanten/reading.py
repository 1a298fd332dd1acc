"""Read klanten as JSON representations, without model instances.

Gives the same result as :mod:`.representation`, for the most frequent requests. One SQL
statement and the meaning of its columns are derived once from the registry of groups. A
test keeps the two modules in sync.

Every group is joined as a subquery (``LATERAL ... LIMIT 1``). With plain joins
PostgreSQL spends several times as long on planning ten tables as on reading them. See
``docs/scaling.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

from django.db import connections, models, router

from ...models import SUBJECTS, Klant
from ...models.groups import Group, owned_groups, owner_field, set_group, value_fields
from ...models.subjects import subject_accessor
from ..rows import Model
from .representation import Representation, api_name

Row = tuple[Any, ...]

OWN = ("id", "uuid", "etag")
"""Columns of a klant that precede its values."""
LAST = ("subject", "subject_type")
"""Values of a klant that follow its address."""


@dataclass(frozen=True)
class GroupColumns:
    """The position of a group in a row: its key, followed by its values and groups."""

    key: int
    names: tuple[str, ...]
    groups: tuple[tuple[str, GroupColumns], ...]
    model: type[Group]

    def load(self, row: Row, owner: models.Model, accessor: str, using: str) -> None:
        """Cache the group in this row on its owner, or its absence."""
        if row[self.key] is None:
            set_group(owner, accessor, None)
            return
        columns = [field.attname for field in value_fields(self.model)]
        values = dict(zip(columns, row[self.key + 1 :], strict=False))
        values |= {"id": row[self.key], owner_field(owner, accessor).attname: owner.pk}
        group = _instance(self.model, values, using)
        set_group(owner, accessor, group)
        below = zip(owned_groups(self.model), self.groups, strict=True)
        for name, (_api_name, layout) in below:
            layout.load(row, group, name, using)

    def represent(self, row: Row) -> Representation | None:
        """Return the representation of the group in this row, or ``None``."""
        if row[self.key] is None:
            return None
        first = self.key + 1
        values = row[first : first + len(self.names)]
        body = dict(zip(self.names, values, strict=True))
        for name, group in self.groups:
            body[name] = group.represent(row)
        return body


@dataclass(frozen=True)
class Reader:
    """The statement without its condition, and the layout of its columns."""

    statement: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    adres: GroupColumns
    subjects: dict[str, GroupColumns]

    def represent(self, row: Row, collection_url: str) -> Representation:
        """Return the klant in this row, in the form of ``represent_klant``."""
        first, last = len(OWN), len(OWN) + len(self.names)
        values = zip(self.names, row[first:last], strict=True)
        subject, subject_type = row[last : last + len(LAST)]
        body: Representation = {"url": f"{collection_url}/{row[1]}", **dict(values)}
        body["adres"] = self.adres.represent(row)
        body["subject"] = subject
        body["subjectType"] = subject_type or None
        if subject_type:
            body["subjectIdentificatie"] = self.subjects[subject_type].represent(row)
        return body


def _instance(model: type[Model], values: dict[str, Any], using: str) -> Model:
    """Return the model instance of a row; references to other owners are empty."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(using, names, [values.get(name) for name in names])


def load_klant(uuid: UUID) -> Klant | None:
    """Load the klant with its groups, with the result of ``select_related``.

    Avoids compiling the query and joining ten tables in the ORM.
    """
    using = router.db_for_read(Klant)
    for row in _rows(f"{klant_statement()} WHERE klant.uuid = %s", [uuid]):
        return klant_of(row, using)
    return None


def klant_statement() -> str:
    """The statement that reads klanten with their groups, without a condition.

    The table of klanten is called ``klant``.
    """
    return _reader().statement


def klant_of(row: Row, using: str) -> Klant:
    """The klant with its groups, of a row of :func:`klant_statement`.

    Columns behind those of that statement are ignored.
    """
    reader = _reader()
    names = [*OWN, *reader.columns, *LAST]
    klant = _instance(Klant, dict(zip(names, row, strict=False)), using)
    reader.adres.load(row, klant, "adres", using)
    for kind, subject in reader.subjects.items():
        subject.load(row, klant, subject_accessor(kind), using)
    return klant


def read_klanten(pks: Sequence[int], collection_url: str) -> list[Representation]:
    """Return the klanten with these keys, ordered by key; skip missing ones."""
    reader = _reader()
    rows = _rows(f"{reader.statement} WHERE klant.id = ANY(%s) ORDER BY 1", [list(pks)])
    return [reader.represent(row, collection_url) for row in rows]


def read_found(
    finding: str, parameters: Mapping[str, Any], collection_url: str
) -> tuple[int, list[Representation]]:
    """Find and read klanten in one statement; return their count and representations.

    ``finding`` is a statement that gives one row: the total count, and an array of the
    primary keys to read. The result is ordered by key; missing klanten are skipped.
    Without klanten, the count is 0: pages behind the last one don't exist.
    """
    reader = _reader()
    rows = _rows(_reading_found(finding), parameters)
    klanten = [reader.represent(row[1:], collection_url) for row in rows]
    return (rows[0][0] if rows else 0), klanten


@cache
def _reading_found(finding: str) -> str:
    return f"""
        WITH found (count, pks) AS MATERIALIZED ({finding})
        SELECT (SELECT count FROM found), {klant_statement().removeprefix("SELECT ")}
        WHERE klant.id = ANY((SELECT pks FROM found)::bigint[])
        ORDER BY klant.id
    """  # noqa: S608 - of names


def read_klant(uuid: UUID, collection_url: str) -> tuple[Klant, Representation] | None:
    """Return the klant with only its keys and ETag, and its representation."""
    reader = _reader()
    for row in _rows(f"{reader.statement} WHERE klant.uuid = %s", [uuid]):
        klant = Klant.from_db(None, OWN, row[: len(OWN)])
        return klant, reader.represent(row, collection_url)
    return None


def read_with_etags(pks: Sequence[int]) -> list[tuple[Klant, Representation]]:
    """Like :func:`read_klant` for several primary keys, with relative URLs."""
    reader = _reader()
    rows = _rows(f"{reader.statement} WHERE klant.id = ANY(%s) ORDER BY 1", [list(pks)])
    return [
        (Klant.from_db(None, OWN, row[: len(OWN)]), reader.represent(row, ""))
        for row in rows
    ]


def read_by_uuid(uuids: Iterable[UUID]) -> dict[UUID, Representation]:
    """Return the klanten that exist by UUID, with relative URLs."""
    reader = _reader()
    # one text, because psycopg escapes the items of a list one by one
    array = f"{{{','.join(map(str, uuids))}}}"
    rows = _rows(f"{reader.statement} WHERE klant.uuid = ANY(%s::uuid[])", [array])
    return {row[1]: reader.represent(row, "") for row in rows}


def stored_etag(uuid: UUID) -> str | None:
    """Return ``Klant.etag``, or ``None`` if the klant doesn't exist."""
    rows = _rows(ETAG, [uuid])
    return rows[0][0] if rows else None


ETAG = "SELECT etag FROM klanten_plugin_klant WHERE uuid = %s"


def _rows(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[Row]:
    with connections[router.db_for_read(Klant)].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[Row] = cursor.fetchall()
    return rows


@cache
def _reader() -> Reader:
    """Made at the first use: the models must all be there."""
    fields = {field.name: field.column for field in value_fields(Klant)}
    last = [fields.pop(name) for name in LAST]
    columns = [f"klant.{name}" for name in (*OWN, *fields.values(), *last)]
    position = count(len(columns))
    joins, groups = [], {}
    for accessor, model in owned_groups(Klant).items():
        groups[accessor], join = _join(accessor, model, position)
        joins.append(join)
        columns.append(f"{accessor}.*")
    statement = " ".join(
        ["SELECT", ", ".join(columns), f"FROM {Klant._meta.db_table} klant", *joins]
    )
    subjects = {kind.value: groups[subject_accessor(kind)] for kind in SUBJECTS}
    names = tuple(map(api_name, fields))
    return Reader(statement, tuple(fields), names, groups["adres"], subjects)


def _join(
    accessor: str, model: type[Group], position: Iterator[int]
) -> tuple[GroupColumns, str]:
    """Return the columns and the subquery of a group, including nested groups."""
    selected: list[str] = []
    layout, sources = _select(accessor, model, position, selected)
    tables = " LEFT JOIN ".join([f"{model._meta.db_table} {accessor}", *sources])
    owner = f"{accessor}.{owner_field(Klant, accessor).column}"
    rows = (
        f"SELECT {', '.join(selected)} FROM {tables} WHERE {owner} = klant.id LIMIT 1"  # noqa: S608 - of names
    )
    return layout, f"LEFT JOIN LATERAL ({rows}) {accessor} ON true"


def _select(
    alias: str, model: type[Group], position: Iterator[int], selected: list[str]
) -> tuple[GroupColumns, list[str]]:
    """Add the columns of a group to ``selected``; return the joins it needs."""
    fields = value_fields(model)
    key = 0
    for number, column in enumerate(["id", *(field.column for field in fields)]):
        place = next(position)
        key = key if number else place
        selected.append(f"{alias}.{column} AS column_{place}")
    groups, sources = [], []
    for accessor, group in owned_groups(model).items():
        below = f"{alias}_{accessor}"
        condition = f"{below}.{owner_field(model, accessor).column} = {alias}.id"
        sources.append(f"{group._meta.db_table} {below} ON {condition}")
        layout, further = _select(below, group, position, selected)
        groups.append((api_name(accessor), layout))
        sources += further
    names = tuple(api_name(field.name) for field in fields)
    return GroupColumns(key, names, tuple(groups), model), sources
