"""The two files of an import: how far it is, and what it didn't take over.

Neither holds anything of a klant but its UUID. Both are for their owner alone.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from ..sync.moving.copying import Remark, Tally
from ..sync.moving.lists import Mark

OWNER_ONLY = 0o600
COLUMNS = ("klant", "plaats", "veld", "code")


class UnusableState(Exception):
    """The file isn't one of this import: a sentence for who started it."""


@dataclass(frozen=True)
class ImportState:
    """Where an import of ``source`` is, kept after each page."""

    path: Path
    source: str

    def load(self) -> tuple[Mark, Tally]:
        """Where it stopped, or the start. Raises :class:`UnusableState`."""
        try:
            kept = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return Mark(), Tally()
        except (OSError, ValueError) as error:
            raise UnusableState(
                _("{path} is niet te lezen.").format(path=self.path)
            ) from error
        try:
            source, mark, tally = kept["source"], kept["mark"], kept["tally"]
            result = Mark(**mark), Tally(**tally)
        except (KeyError, TypeError) as error:
            raise UnusableState(
                _("{path} is geen stand van een import.").format(path=self.path)
            ) from error
        if source != self.source:
            raise UnusableState(
                _(
                    "{path} is van een import uit {source}. Geef met --state een ander "
                    "bestand op, of begin opnieuw met --restart."
                ).format(path=self.path, source=source)
            )
        return result

    def save(self, mark: Mark, tally: Tally) -> None:
        """Keep where it is; whole or not at all, also when the power fails."""
        kept = {"source": self.source, "mark": asdict(mark), "tally": asdict(tally)}
        beside = self.path.with_name(f"{self.path.name}.new")
        with _open(beside, os.O_TRUNC) as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)

    def remove(self) -> None:
        """It is finished, or begins anew."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Report:
    """A CSV with a row for each fault."""

    file: IO[str]

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, going_on: bool) -> Iterator[Report]:
        """The report at ``path``, behind what is there or instead of it."""
        with _open(path, os.O_APPEND if going_on else os.O_TRUNC) as file:
            report = cls(file)
            if not file.tell():
                report.begin()
            yield report

    def begin(self) -> None:
        """Leave out what was there: a pass goes over all of it again."""
        self.file.seek(0)
        self.file.truncate()
        csv.writer(self.file).writerow(COLUMNS)

    def add(self, remark: Remark) -> None:
        """Note one fault."""
        uuid = str(remark.uuid or "")
        row = (uuid, remark.where, remark.field, remark.code)
        csv.writer(self.file).writerow(row)

    def flush(self) -> None:
        """Have on disk what was noted."""
        self.file.flush()


def _open(path: Path, flag: int) -> IO[str]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | flag, OWNER_ONLY)
    file = os.fdopen(handle, "w", encoding="utf-8", newline="")
    file.seek(0, os.SEEK_END)
    return file
