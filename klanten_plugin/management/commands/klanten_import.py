"""``manage.py klanten_import``: import the klanten of another system."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from contextlib import nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _, gettext_lazy

from zgw_consumers.models import Service

from ...api.copies import KlantReader
from ...clients.moving.klanten_api import KlantenClient
from ...domain.klanten.changes import Actor, ChangeContext
from ...domain.outbox import announced_together
from ...exceptions import RemoteError
from ...sync.moving.copying import Copier
from ...sync.moving.files import read_lines
from ...sync.moving.lists import KlantenList, Mark
from ..bars import progress_bar
from ..import_files import ImportState, Report, UnusableState
from ..results import ResultCommand

APPLICATION = gettext_lazy("Import van klanten")
STATE, REPORT = Path("klanten_import.json"), Path("klanten_import.csv")


class Command(ResultCommand):
    """Idempotent, and resumes after an interruption."""

    description = gettext_lazy(
        "Neem klanten over van een andere Klanten API 1.0, of uit een bestand van "
        "klanten_export. Wat er al is en gelijk is, blijft zoals het is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The source is an API or a file."""
        parser.add_argument(
            "file", nargs="?", help=_("Een bestand met regels JSON; - is de invoer.")
        )
        parser.add_argument(
            "--from",
            dest="root",
            metavar="API-ROOT",
            help=_("De root van een Klanten API waarvan een service geregistreerd is."),
        )
        parser.add_argument(
            "--update",
            action="store_true",
            help=_("Overschrijf klanten die verschillen."),
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help=_("Wijzig niets; maak wel het verslag."),
        )
        parser.add_argument(
            "--notify",
            action="store_true",
            help=_("Stuur notificaties van de wijzigingen."),
        )
        parser.add_argument("--user", help=_("Wie er in de audit trail komt te staan."))
        _add_files(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit with 1 if a klant was refused, or if the other API kept failing."""
        if bool(options["file"]) == bool(options["root"]):
            raise CommandError(_("Geef een bestand op, of --from met een API-root."))
        service = service_by_root(options["root"]) if options["root"] else None
        source = (
            f"{options['root'].rstrip('/')}/" if service else _name(options["file"])
        )
        try:
            self._copy(service, source, options)
        except RemoteError as error:
            raise CommandError(f"{error} {GO_ON}") from error
        except OSError as error:
            raise CommandError(f"{error.filename or ''}: {error.strerror}") from error
        except DatabaseError as error:
            # without its text, which can contain values
            name = type(error).__name__
            raise CommandError(
                _("De database antwoordt niet ({name}). {go_on}").format(
                    name=name, go_on=GO_ON
                )
            ) from error
        except UnusableState as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                _("Onderbroken. {go_on}").format(go_on=GO_ON), returncode=130
            ) from None

    def _copy(
        self, service: Service | None, source: str, options: dict[str, Any]
    ) -> None:
        state = ImportState(options["state"], source)
        keeps_state = service is not None and not options["dry_run"]
        if options["restart"]:
            state.remove()
        going_on = keeps_state and options["state"].exists()
        with Report.open(options["report"], going_on=going_on) as report:
            copier = make_copier(source, report, options)
            with announced_together(), progress_bar("klant") as bar:
                if service is None:
                    _copy_file(options["file"], copier, bar)
                else:
                    run = _Run(copier, report, bar, state if keeps_state else None)
                    client = KlantenClient(service, source)
                    run.copy(KlantenList(client, options["retries"]))
        self._tell(copier, options)

    def _tell(self, copier: Copier, options: dict[str, Any]) -> None:
        tally = copier.tally
        would = _(" (niets gewijzigd: --dry-run)") if options["dry_run"] else ""
        self.say(
            _(
                "{created} nieuw, {updated} bijgewerkt, {unchanged} gelijk, "
                "{differing} verschillen en zijn gelaten, {refused} geweigerd{would}"
            ),
            would=would,
            **asdict(tally),
        )
        if tally.differing or tally.refused:
            self.say(_("Welke en waarom staat in {report}"), report=options["report"])
        if tally.refused:
            raise CommandError(_("Niet alle klanten zijn overgenomen."))


GO_ON = gettext_lazy("Met hetzelfde commando gaat het verder waar het gebleven is.")


def _add_files(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--report",
        type=Path,
        default=REPORT,
        help=_("Waar komt te staan wat er niet overgenomen is ({report}).").format(
            report=REPORT
        ),
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=STATE,
        help=_("Waar bijgehouden wordt hoever het is ({state}).").format(state=STATE),
    )
    parser.add_argument(
        "--restart", action="store_true", help=_("Begin opnieuw, waar het ook was.")
    )
    parser.add_argument(
        "--retries",
        type=int,
        default=8,
        help=_("Hoe vaak een pagina die niet komt opnieuw gevraagd wordt (8)."),
    )


def service_by_root(root: str) -> Service:
    """Return the service with the credentials for this root."""
    service: Service | None = None
    with suppress(ValueError):  # not a URL
        service = Service.get_service(f"{root.rstrip('/')}/klanten")
    if service is None:
        raise CommandError(
            _(
                "Er is geen service met deze API-root. Registreer haar in de admin, met de "
                "gegevens om in te loggen."
            )
        )
    return service


def make_copier(source: str, report: Report, options: dict[str, Any]) -> Copier:
    """Return the importer, with the actor for the audit trail."""
    actor = Actor(
        applicatie_id="klanten_plugin",
        applicatie_weergave=str(APPLICATION),
        gebruikers_id=options["user"] or _user(),
        toelichting=_("Overgenomen uit {source}").format(source=source),
    )
    context = ChangeContext(actor, silent=not options["notify"], in_bulk=True)
    return Copier(
        KlantReader(),
        context,
        report.add,
        overwrite=options["update"],
        dry_run=options["dry_run"],
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        return ""


def _name(file: str) -> str:
    return _("de invoer") if file == "-" else Path(file).name


def _copy_file(name: str, copier: Copier, bar: Any) -> None:
    with (
        nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")
    ) as stream:
        for rows in read_lines(stream):
            copier.take(rows)
            bar.update(len(rows))


class _Run:
    """Passes over a list, with stored progress."""

    def __init__(
        self, copier: Copier, report: Report, bar: Any, state: ImportState | None
    ) -> None:
        self.copier, self.report, self.bar, self.state = copier, report, bar, state
        self.mark = Mark()
        if state is not None:
            self.mark, copier.tally = state.load()

    def copy(self, klanten: KlantenList) -> None:
        """Read the list until a pass finds nothing new; a dry run reads it once."""
        while True:
            for rows in klanten.one_pass(self.mark):
                self.bar.total = klanten.total
                self._take(rows)
            if self.state is None or self.mark.is_enough():
                break
            self._start_next_pass()
        if self.state is not None:
            self.state.remove()

    def _take(self, rows: Any) -> None:
        before = self.copier.tally.created
        self.copier.take(rows)
        self.mark.created += self.copier.tally.created - before
        self.bar.update(len(rows))
        self.report.file.flush()
        if self.state is not None:
            self.state.save(self.mark, self.copier.tally)

    def _start_next_pass(self) -> None:
        """Reset the report and its counts, which are those of the last pass."""
        assert self.state is not None
        tally = self.copier.tally
        self.mark.next_pass()
        tally.unchanged = tally.differing = tally.refused = 0
        self.report.begin()
        self.bar.reset()
        self.state.save(self.mark, tally)
