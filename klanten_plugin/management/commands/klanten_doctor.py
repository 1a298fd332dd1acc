"""``manage.py klanten_doctor``: test every connection, and advise on problems."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _, gettext_lazy

from ..doctor import host, remotes
from ..doctor.findings import Finding, Verdict, guarded, skipped
from ..results import ResultCommand

Probe = Callable[[], Iterator[Finding]]

WORDS = {
    Verdict.GOOD: gettext_lazy("goed"),
    Verdict.WARNING: gettext_lazy("let op"),
    Verdict.BAD: gettext_lazy("FOUT"),
    Verdict.SKIPPED: "-",
}


class Command(ResultCommand):
    """Read-only, except that it counts its requests to KVK."""

    description = gettext_lazy(
        "Probeer elke verbinding van de Klanten API echt, en zeg wat er te doen is. Er "
        "wordt niets gevraagd wat geld kost. Eindigt met 1 als er iets fout is."
    )
    # problems must be reported, not prevent the command from running
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The timeout and the output format."""
        parser.add_argument(
            "--timeout",
            type=float,
            default=3.0,
            metavar="SECONDEN",
            help=_("Zo lang wordt op elk antwoord gewacht (3)."),
        )
        parser.add_argument("--json", action="store_true", help=_("Schrijf JSON."))

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each finding as a line at once, or all of them as JSON at the end."""
        found: list[Finding] = []
        for finding in examine(max(options["timeout"], 0.1)):
            found.append(finding)
            if not options["json"]:
                self._show(finding)
        is_good = _is_well(found)
        if options["json"]:
            document = {"ok": is_good, "findings": [asdict(one) for one in found]}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
        if not is_good:
            sys.exit(1)

    def _show(self, finding: Finding) -> None:
        style = {
            Verdict.GOOD: self.style.SUCCESS,
            Verdict.WARNING: self.style.WARNING,
            Verdict.BAD: self.style.ERROR,
        }.get(finding.state, str)
        word = style(f"{WORDS[finding.state]:<7}")
        self.stdout.write(f"{word} {finding.name:<18} {finding.what}")
        if finding.why:
            self.stdout.write(f"{'':<26} {finding.why}")
        if finding.advice:
            self.stdout.write(f"{'':<26} -> {finding.advice}")


def examine(timeout: float) -> Iterator[Finding]:
    """Yield the findings of all parts, independently of each other."""
    yield from guarded("broker", partial(host.broker, timeout))
    base = guarded("database", partial(host.database, timeout))
    if _is_well(base):
        base += guarded("migraties", host.migrations)
    yield from base
    for name, probe in probes(timeout).items():
        if _is_well(base):
            yield from guarded(name, probe)
        else:
            reason = _("eerst moeten de database en haar migraties in orde zijn")
            yield skipped(reason, name)


def _is_well(findings: list[Finding]) -> bool:
    return all(finding.state is not Verdict.BAD for finding in findings)


def probes(timeout: float) -> dict[str, Probe]:
    """Return the probes that need the database, in the order of display."""
    return {
        "controles": host.checks,
        "adres": host.address,
        "applicaties": host.applications,
        "beat": host.beat,
        "outbox": host.outbox,
        "notificaties": partial(remotes.notificaties, timeout),
        "abonnement": partial(remotes.abonnement, timeout),
        "rollen": partial(remotes.rollen, timeout),
        "subjecten": partial(remotes.subjects, timeout),
        "NHR: teller": remotes.limiter,
        "NHR": partial(remotes.nhr, timeout),
    }
