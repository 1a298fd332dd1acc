"""``manage.py klanten_export``: write all klanten as lines of JSON."""

from __future__ import annotations

import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _, gettext_lazy

from ...models import Klant
from ...sync.moving.files import write_klanten
from ..bars import progress_bar
from ..results import ResultCommand


class Command(ResultCommand):
    """The file contains personal data, so only its owner can read it."""

    description = gettext_lazy(
        "Schrijf alle klanten als regels JSON, zoals ze op een moment waren. "
        "klanten_import leest ze."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A new file, or standard output."""
        parser.add_argument("file", help=_("Een nieuw bestand; - is de uitvoer."))

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, with a progress bar on a terminal."""
        try:
            with self._output(options["file"]) as stream:
                total = Klant.objects.count()
                with progress_bar("klant", total) as bar:
                    count = write_klanten(stream.write, bar.update)
                stream.flush()
        except BrokenPipeError:
            # the reader has stopped; keep the interpreter from flushing the rest
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())
            raise CommandError(_("De lezer van de uitvoer is gestopt.")) from None
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except DatabaseError as error:
            name = type(error).__name__
            raise CommandError(
                _("De database antwoordt niet ({name}).").format(name=name)
            ) from error
        self.stderr.write(_("{count} klanten geschreven").format(count=count))

    @contextmanager
    def _output(self, name: str) -> Iterator[IO[bytes]]:
        if name == "-":
            yield self.binary_stdout
            return
        path = Path(name)
        if path.exists():
            raise CommandError(_("{path} bestaat al.").format(path=path))
        # readable by its owner only, and renamed when it is complete
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
