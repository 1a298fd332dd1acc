"""The two files of an import: its progress, and the report of refused klanten.

Neither contains data of a klant except its UUID. Both are only readable by their owner.
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
    """The file doesn't belong to this import. The message is for the user."""


@dataclass(frozen=True)
class ImportState:
    """The progress of an import of ``source``, saved after each page."""

    path: Path
    source: str

    def load(self) -> tuple[Mark, Tally]:
        """Return the saved progress, or the start. Raises :class:`UnusableState`."""
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
        """Save the progress atomically and durably."""
        kept = {"source": self.source, "mark": asdict(mark), "tally": asdict(tally)}
        beside = self.path.with_name(f"{self.path.name}.new")
        with _open(beside, os.O_TRUNC) as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)

    def remove(self) -> None:
        """Delete the file, because the import is finished or restarts."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Report:
    """A CSV with a row per error."""

    file: IO[str]

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, going_on: bool) -> Iterator[Report]:
        """Open the report at ``path``, to append to it or to replace it."""
        with _open(path, os.O_APPEND if going_on else os.O_TRUNC) as file:
            report = cls(file)
            if not file.tell():
                report.begin()
            yield report

    def begin(self) -> None:
        """Truncate the report, because each pass covers all klanten."""
        self.file.seek(0)
        self.file.truncate()
        csv.writer(self.file).writerow(COLUMNS)

    def add(self, remark: Remark) -> None:
        """Add an error."""
        uuid = str(remark.uuid or "")
        row = (uuid, remark.where, remark.field, remark.code)
        csv.writer(self.file).writerow(row)


def _open(path: Path, flag: int) -> IO[str]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | flag, OWNER_ONLY)
    file = os.fdopen(handle, "w", encoding="utf-8", newline="")
    file.seek(0, os.SEEK_END)
    return file
