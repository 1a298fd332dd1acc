"""Import klanten of another system that are missing or different here.

Idempotent: identical klanten are skipped, without an audit line, notification or new
ETag. Nothing is ever deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from ...domain.klanten.changes import ChangeContext
from ...domain.klanten.comparison import differing_fields, is_same_json, whole
from ...domain.klanten.reading import read_by_uuid
from ...domain.klanten.representation import api_name
from ...domain.klanten.write import create_klant, create_klanten, update_klant
from ...exceptions import NotTaken, RuleViolation
from ...models import Klant
from ...models.groups import group_paths

Values = Mapping[str, Any]
Reader = Callable[[Any], Values]
"""Validates the data of a klant and returns its values. Raises ``NotTaken``."""

WHOLE = "nonFieldErrors"
"""The field name in the API for errors of the klant as a whole."""
DIFFERS = "verschilt"
"""The code of a klant that differs here and wasn't overwritten."""


@dataclass(frozen=True)
class Row:
    """The data of a klant, and its position in the source for the report."""

    where: str
    body: Any


@dataclass(frozen=True)
class Remark:
    """The reason why a klant wasn't imported, without personal data."""

    where: str
    uuid: UUID | None
    field: str
    code: str


@dataclass
class Tally:
    """The number of klanten by outcome."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    differing: int = 0
    refused: int = 0


@dataclass
class Copier:
    """Imports batches. ``remark`` is called for refused and for different klanten."""

    read: Reader
    context: ChangeContext
    remark: Callable[[Remark], object]
    overwrite: bool = False
    dry_run: bool = False
    tally: Tally = field(default_factory=Tally)

    def take(self, rows: Sequence[Row]) -> None:
        """Import one batch; invalid klanten don't affect the others."""
        keys = [_uuid_or_none(row.body) for row in rows]
        here = read_by_uuid({uuid for uuid in keys if uuid})
        batch = _Batch(self, here.keys())
        times = Counter(keys)
        for uuid, row in zip(keys, rows, strict=True):
            # Nearly all klanten of a second pass are the same as here, which is seen
            # without validating them. Of a klant that occurs twice the batch takes the
            # last occurrence.
            own = here.get(uuid) if uuid and times[uuid] == 1 else None
            if own is not None and is_same_json(row.body, own):
                self.tally.unchanged += 1
            else:
                batch.read(row)
        batch.sort_out()
        batch.write()

    def refuse(
        self, where: str, uuid: UUID | None, faults: Iterable[tuple[str, str]]
    ) -> None:
        """Record why a klant isn't imported."""
        self.tally.refused += 1
        for name, code in faults:
            self.remark(Remark(where, uuid, name, code))


@dataclass
class _Batch:
    copier: Copier
    known: Collection[UUID]
    klanten: dict[UUID, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    new: list[UUID] = field(default_factory=list)

    def read(self, row: Row) -> None:
        uuid = None
        try:
            uuid = uuid_of(row.body)
            values = {**whole(self.copier.read(row.body)), "uuid": uuid}
        except NotTaken as error:
            self.copier.refuse(row.where, uuid, error.faults)
        else:
            # the list may have shifted while it was read: the last occurrence is the
            # newest
            self.klanten[uuid] = (row.where, values)

    def sort_out(self) -> None:
        """Compare existing klanten, and collect new ones."""
        here = self._load(self.klanten.keys() & self.known)
        taken = self._taken_numbers()
        for uuid, (where, values) in self.klanten.items():
            number = _number(values)
            if uuid in here:
                self._compare(here[uuid], where, values)
            elif number in taken:
                self.copier.refuse(where, uuid, [(WHOLE, "unique")])
            else:
                taken.add(number)
                self.new.append(uuid)

    def _load(self, uuids: Collection[UUID]) -> dict[UUID, Klant]:
        if not uuids:
            return {}  # Django would compile the query nevertheless
        known = Klant.objects.filter(uuid__in=uuids)
        return {k.uuid: k for k in known.select_related(*group_paths(Klant))}

    def _taken_numbers(self) -> set[tuple[str, str]]:
        pairs = {_number(values) for _where, values in self.klanten.values()}
        with_number = Klant.objects.filter(
            bronorganisatie__in={pair[0] for pair in pairs},
            klantnummer__in={pair[1] for pair in pairs},
        )
        return set(with_number.values_list("bronorganisatie", "klantnummer")) & pairs

    def _compare(self, klant: Klant, where: str, values: dict[str, Any]) -> None:
        own = {name: value for name, value in values.items() if name != "uuid"}
        fields = differing_fields(klant, own)
        tally = self.copier.tally
        if not fields:
            tally.unchanged += 1
        elif self.copier.overwrite:
            update = partial(update_klant, klant, own, self.copier.context)
            tally.updated += self._try(where, klant.uuid, update)
        else:
            tally.differing += 1
            for name in fields:
                self.copier.remark(Remark(where, klant.uuid, name, DIFFERS))

    def write(self) -> None:
        """Create new klanten together, or one by one if that fails."""
        rows = [self.klanten[uuid] for uuid in self.new]
        if not self.copier.dry_run:
            try:
                create_klanten([values for _where, values in rows], self.copier.context)
            except (RuleViolation, IntegrityError, DataError):
                self._write_singly(rows)
                return
        self.copier.tally.created += len(rows)

    def _write_singly(self, rows: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for where, values in rows:
            create = partial(create_klant, values, self.copier.context)
            self.copier.tally.created += self._try(where, values["uuid"], create)

    def _try(self, where: str, uuid: UUID, change: Callable[[], object]) -> bool:
        try:
            with transaction.atomic():
                change()
                transaction.set_rollback(self.copier.dry_run)
        except RuleViolation as error:
            faults = [(api_name(error.field or WHOLE), error.code)]
        except Klant.DoesNotExist:
            faults = [(WHOLE, "verwijderd")]
        except (IntegrityError, DataError):
            # passed validation, but rejected by the database
            faults = [(WHOLE, "invalid")]
        else:
            return True
        self.copier.refuse(where, uuid, faults)
        return False


def _uuid_or_none(body: Any) -> UUID | None:
    try:
        return uuid_of(body)
    except NotTaken:
        return None


def uuid_of(body: Any) -> UUID:
    """Return the UUID at the end of ``url``. Raises :class:`NotTaken`."""
    url = body.get("url") if isinstance(body, dict) else None
    if not isinstance(url, str):
        raise NotTaken([("url", "required")])
    try:
        return UUID(url.rstrip("/").rpartition("/")[2])
    except ValueError as error:
        raise NotTaken([("url", "invalid")]) from error


def _number(values: Values) -> tuple[str, str]:
    return values["bronorganisatie"], values["klantnummer"]
