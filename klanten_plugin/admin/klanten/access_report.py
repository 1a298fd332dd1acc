"""Build the overview of all data about a subject for an inzageverzoek.

It is a structure of plain values, rendered as HTML and as JSON. Names of employees are
in a second structure, for a separate sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _

from vng_api_common.audittrails.models import AuditTrail

from ...conf import settings
from ...domain.klanten.access_request import (
    applications_that_may_read,
    complete_rollen,
    notifications_of,
)
from ...domain.klanten.addresses import own_collection_url
from ...domain.klanten.audittrail import audit_lines
from ...models import Klant
from .access_values import Report, local_moment, register_values, values_with_origin
from .detail import writer_of
from .history import changes_in, labels_of

EMPLOYEE = "[medewerker]"
"""Replaces the name of an employee in explanations."""


def make_report(klanten: list[tuple[Klant, str]]) -> tuple[Report, list[Report]]:
    """Return the overview and the lines of the sheet with names of employees.

    ``klanten`` are pairs of a klant and the reason why it is included.
    """
    sheet: list[Report] = []
    described = [_klant(klant, why, sheet) for klant, why in klanten]
    report = {
        "gemaakt": local_moment(timezone.now()),
        "register": own_collection_url(),
        "doelen": settings.ACCESS_REPORT_PURPOSE
        or _(
            "Niet vastgelegd in dit register; vul dit aan voor u het overzicht geeft."
        ),
        "bewaartermijn": settings.ACCESS_REPORT_RETENTION
        or _(
            "Klanten blijven bewaard tot ze verwijderd worden; niets vervalt vanzelf."
        ),
        "geautomatiseerdeBesluiten": _("Dit register neemt geen besluiten."),
        "klanten": described,
        "ontvangers": _recipients(described),
    }
    return report, sheet


def _klant(klant: Klant, why: str, sheet: list[Report]) -> Report:
    trail, labels = list(audit_lines(klant)), labels_of(klant)
    changes = [
        _change(klant, number, line, labels, sheet)
        for number, line in enumerate(trail, 1)
    ]
    looks = list(_looks(klant, sheet))
    return {
        "uuid": str(klant.uuid),
        "klantnummer": klant.klantnummer,
        "bronorganisatie": klant.bronorganisatie,
        "waarom": why,
        "gegevens": list(values_with_origin(klant, trail)),
        "nhr": list(register_values(klant)),
        "rollen": [_rol(rol) for rol in complete_rollen(klant)],
        "wijzigingen": changes,
        "ingezien": looks,
        "notificaties": [
            {
                "wanneer": local_moment(row.settled_at or row.created_at),
                "wat": str((row.payload or {}).get("actie", "")),
                "stand": str(row.get_state_display()),
            }
            for row in notifications_of(klant)
        ],
    }


def _change(
    klant: Klant,
    number: int,
    line: AuditTrail,
    labels: Mapping[str, str],
    sheet: list[Report],
) -> Report:
    """Return a change; its user is moved to the sheet."""
    names = [name for name in (line.gebruikers_weergave, line.gebruikers_id) if name]
    why = line.toelichting
    if names:
        sheet.append(
            _employee(klant, _("Wijziging %d") % number, line.aanmaakdatum, names)
        )
        why = _without(names, why)
    # in memory only, so that writer_of returns the application
    line.gebruikers_weergave = line.gebruikers_id = ""
    return {
        "regel": number,
        "wanneer": local_moment(line.aanmaakdatum),
        "wat": line.actie_weergave or line.actie,
        "applicatie": writer_of(line),
        "toelichting": why,
        "velden": [
            {"naam": labels.get(path, path), "pad": path, "oud": old, "nieuw": new}
            for path, old, new in changes_in(line)
        ],
    }


def _without(names: list[str], text: str) -> str:
    """Return the text with names of a person replaced, except very short ones."""
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 2:
            text = text.replace(name, EMPLOYEE)
    return text


def _employee(
    klant: Klant, what: str, moment: datetime | None, names: list[str]
) -> Report:
    return {
        "klant": str(klant.uuid),
        "wat": what,
        "wanneer": local_moment(moment),
        "medewerker": " - ".join(dict.fromkeys(names)),
    }


def _looks(klant: Klant, sheet: list[Report]) -> Iterator[Report]:
    """Yield the actions on a klant in the log of the admin."""
    lines = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Klant), object_id=str(klant.pk)
    )
    for line in lines.select_related("user").order_by("pk"):
        what = str(line.get_change_message()) or str(line.get_action_flag_display())
        user: Any = line.user
        names = [getattr(user, "get_full_name", str)(), user.get_username()]
        sheet.append(
            _employee(klant, what, line.action_time, list(filter(None, names)))
        )
        yield {
            "wanneer": local_moment(line.action_time),
            "wat": what,
            "applicatie": "Beheer",
        }


def _rol(rol: Any) -> Report:
    return {
        "rol": rol.rol_display,
        "machtiging": rol.indicatie_machtiging_display,
        "betreft": rol.betreft,
        "bron": str(rol.bron),
        "eerstGezien": local_moment(rol.first_seen_at),
        "laatstGezien": local_moment(rol.last_seen_at),
        "vervallen": local_moment(rol.retired_at),
    }


def _recipients(klanten: list[Report]) -> Report:
    """Return the known recipients of the data."""
    writers = {line["applicatie"] for one in klanten for line in one["wijzigingen"]}
    owners = {rol["bron"] for one in klanten for rol in one["rollen"]}
    sources = {line["bron"] for one in klanten for line in one["nhr"]}
    return {
        "schreven": sorted(writers - {""}),
        "mogenLezen": applications_that_may_read(),
        "eigenarenVanRollen": sorted(owners),
        "bevraagd": sorted(sources - {""}),
        "nietBekend": _(
            "Welke applicatie wanneer las, legt dit register niet vast; dat staat in "
            "het logboek van de gateway, of bij de applicatie zelf. Abonnees op "
            "notificaties kregen het adres van de klant en zijn soort, geen gegevens; "
            "wie zij zijn weet de Notificaties API."
        ),
    }
