"""Answer an inzageverzoek: select klanten, then generate the overview."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy

import structlog

from ...constants import LANGUAGE
from ...domain.klanten.access_request import SubjectKlanten, klanten_of_subject
from ...models import Klant
from .access_report import make_report
from .bsn import note
from .detail import name_of
from .views import TEMPLATES, page_context

logger = structlog.stdlib.get_logger(__name__)

PERMISSION = "klanten_plugin.make_access_report"

PAGE, HTML, JSON, EMPLOYEES = "pagina", "html", "json", "medewerkers"

NOTES = {
    PAGE: "Inzageoverzicht gemaakt.",
    HTML: "Inzageoverzicht gemaakt, als HTML-bestand.",
    JSON: "Inzageoverzicht gemaakt, als JSON-bestand.",
    EMPLOYEES: "Blad met medewerkers bij een inzageoverzicht gemaakt.",
}
"""Texts for the log of the admin, by format of the overview."""


FILES = {
    HTML: ("inzage_bestand.html", "html"),
    EMPLOYEES: ("inzage_medewerkers.html", "medewerkers.html"),
}
"""The template and file name suffix of each HTML file."""


class AccessForm(forms.Form):
    """The confirmed candidates, and the format of the overview."""

    bevestigd = forms.MultipleChoiceField(
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Een gekozen klant hoort niet (meer) bij de kandidaten. Kies opnieuw."
            )
        },
    )
    vorm = forms.ChoiceField(choices=[(form, form) for form in NOTES])

    def __init__(self, found: SubjectKlanten, data: Any = None) -> None:
        super().__init__(data)
        choices: Any = [(str(klant.pk), str(klant)) for klant in found.candidates]
        field: Any = self.fields["bevestigd"]
        field.choices = choices


def may_make_report(request: HttpRequest) -> bool:
    """Whether this user may answer an inzageverzoek."""
    return request.user.has_perm(PERMISSION)


def access_page(model_admin: Any, request: HttpRequest, klant: Klant) -> HttpResponse:
    """Return the form to select klanten, or the overview of the selected ones."""
    found = klanten_of_subject(klant)
    form = AccessForm(found, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _choice(model_admin, request, klant, found, form)
    wanted = form.cleaned_data["vorm"]
    with translation.override(LANGUAGE):  # the citizen's, not the administrator's
        klanten = _chosen(found, form.cleaned_data["bevestigd"])
        report, sheet = make_report(klanten)
    _write_down(request, [one for one, _why in klanten], wanted)
    context = {"report": report, "sheet": sheet, "klant": klant}
    if wanted != PAGE:
        return _file(wanted, context, klant)
    context |= page_context(model_admin, request, klant)
    context |= {
        "title": _("Inzageoverzicht"),
        "bevestigd": form.cleaned_data["bevestigd"],
    }
    return TemplateResponse(request, f"{TEMPLATES}/inzage_overzicht.html", context)


def _choice(
    model_admin: Any,
    request: HttpRequest,
    klant: Klant,
    found: SubjectKlanten,
    form: AccessForm,
) -> HttpResponse:
    context = {
        **page_context(model_admin, request, klant),
        "title": _("Inzageverzoek"),
        "certain": [(one, name_of(one)) for one in found.certain],
        "candidates": [
            (one, name_of(one), one.emailadres, one.telefoonnummer)
            for one in found.candidates
        ],
        "form": form,
    }
    return TemplateResponse(request, f"{TEMPLATES}/inzage.html", context)


def _chosen(found: SubjectKlanten, confirmed: list[str]) -> list[tuple[Klant, str]]:
    """Return the klanten of the overview, each with the reason."""
    same = _("Zelfde persoon of organisatie, volgens het nummer")
    chosen = _("Zelfde e-mailadres of telefoonnummer; bevestigd door de behandelaar")
    return [
        *((klant, same) for klant in found.certain),
        *((klant, chosen) for klant in found.candidates if str(klant.pk) in confirmed),
    ]


def _write_down(request: HttpRequest, klanten: list[Klant], wanted: str) -> None:
    """Log that this user generated an overview of these klanten, without contents."""
    for klant in klanten:
        note(request, klant, NOTES[wanted])
    uuids = [str(klant.uuid) for klant in klanten]
    logger.info("access_report_made", user=request.user.pk, klanten=uuids, form=wanted)


def _file(wanted: str, context: dict[str, Any], klant: Klant) -> HttpResponse:
    """Return the overview or the sheet as a download that isn't cached."""
    if wanted == JSON:
        text = json.dumps(
            context["report"], ensure_ascii=False, indent=2, default=datetime.isoformat
        )
        kind, ending = "application/json", "json"
    else:
        kind, (template, ending) = "text/html", FILES[wanted]
        with translation.override(LANGUAGE):
            text = str(render_to_string(f"{TEMPLATES}/{template}", context))
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    name = f"inzage-{klant.uuid}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
