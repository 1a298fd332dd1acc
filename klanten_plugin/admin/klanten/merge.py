"""Merge two klanten side by side, and show possible duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from ...constants import DeletionGround, DuplicateKind
from ...domain.klanten.comparison import as_values
from ...domain.klanten.deletions import DeletionDecision
from ...domain.klanten.duplicates import (
    Match,
    duplicates_of,
    keys_of_values,
    klanten_with,
)
from ...domain.klanten.merging import (
    Pair,
    check_can_merge,
    lock_pair,
    merge_locked_klanten,
    pairs_of,
)
from ...exceptions import RuleViolation
from ...models import Klant
from .bsn import masked, may_see_bsn, note, write_down_search
from .deletion import employee_of, rollen_context
from .detail import name_of, shown
from .forms import BSN
from .history import flat
from .views import (
    CHANGED_MEANWHILE,
    TEMPLATES,
    Changed,
    context_of,
    klant_url,
    page_context,
    version_of,
)

PERMISSION = "klanten_plugin.merge_klanten"

STAYS, GOES = "blijft", "weg"
OTHER = "ander"


@dataclass(frozen=True)
class MergeRow:
    """The values of both klanten for a field; ``differs`` if there is a choice."""

    name: str
    label: str
    kept: str
    other: str
    differs: bool
    takes_other: bool


class MergeForm(forms.Form):
    """The fate of the other klant, and the versions of both when the page was shown."""

    ander = forms.ChoiceField(
        label=gettext_lazy("Wat gebeurt er met de andere klant?"),
        choices=[
            (STAYS, gettext_lazy("Die blijft zoals hij is")),
            (GOES, gettext_lazy("Die wordt verwijderd, met als grond: dubbel")),
        ],
        widget=forms.RadioSelect,
    )
    versie = forms.CharField(widget=forms.HiddenInput)


def may_merge(request: HttpRequest) -> bool:
    """Whether this user may merge klanten."""
    return request.user.has_perm(PERMISSION)


def visible_kinds(request: HttpRequest) -> tuple[DuplicateKind, ...]:
    """Return the kinds of duplicates that a user may see.

    Without permission to see BSNs, duplicates by BSN are hidden.
    """
    sees_bsn = may_see_bsn(request)
    return tuple(
        kind for kind in DuplicateKind if sees_bsn or kind is not DuplicateKind.BSN
    )


def shown_duplicates(request: HttpRequest, klant: Klant) -> list[tuple[Match, str]]:
    """Return the possible duplicates of a klant with their names."""
    found = duplicates_of(klant, visible_kinds(request))
    return [(match, name_of(match.klant)) for match in found]


def duplicates_before_adding(
    request: HttpRequest, subject_type: str, values: Any
) -> list[tuple[Match, str]]:
    """Return the possible duplicates of a new klant.

    Finding one by BSN is logged like a search.
    """
    kinds = visible_kinds(request)
    keys = keys_of_values(subject_type, values)
    found = klanten_with({kind: key for kind, key in keys.items() if kind in kinds})
    by_bsn = [one.klant for one in found if DuplicateKind.BSN in one.kinds]
    write_down_search(request, by_bsn)
    return [(match, name_of(match.klant)) for match in found]


def merge_page(
    model_admin: Any, request: HttpRequest, kept: Klant, other: Klant
) -> HttpResponse:
    """Return the page with both klanten; after merging, redirect to the kept one."""
    try:
        check_can_merge(kept, other)
    except RuleViolation as violation:
        model_admin.message_user(request, violation.message, messages.ERROR)
        return HttpResponseRedirect(klant_url(model_admin, kept))
    if request.method != "POST":
        initial = {"versie": _versions(kept, other), "ander": STAYS}
        return _render(model_admin, request, (kept, other), MergeForm(initial=initial))
    form = MergeForm(request.POST)
    if form.is_valid() and _merge(model_admin, request, (kept, other), form):
        return HttpResponseRedirect(klant_url(model_admin, kept))
    return _render(model_admin, request, (kept, other), form)


def _merge(
    model_admin: Any, request: HttpRequest, pair: tuple[Klant, Klant], form: MergeForm
) -> bool:
    """Merge them, or add the error to the form."""
    kept, other = pair
    deletes = form.cleaned_data["ander"] == GOES
    if deletes and not model_admin.has_delete_permission(request, other):
        form.add_error("ander", _("U mag geen klanten verwijderen."))
        return False
    try:
        _write(model_admin, request, pair, form)
    except Changed:
        form.add_error(None, _(CHANGED_MEANWHILE))
    except RuleViolation as violation:
        form.add_error(None, violation.message)
    else:
        text = _("De klanten zijn samengebracht in %(klant)s.") % {"klant": kept}
        model_admin.message_user(request, text, messages.SUCCESS)
        return True
    return False


@transaction.atomic
def _write(
    model_admin: Any, request: HttpRequest, pair: tuple[Klant, Klant], form: MergeForm
) -> None:
    kept, other = locked = lock_pair(*pair)
    if _versions(kept, other) != form.cleaned_data["versie"]:
        raise Changed
    decision = None
    if form.cleaned_data["ander"] == GOES:
        who = employee_of(request).name
        decision = DeletionDecision(
            DeletionGround.DUPLICATE, decided_by=who, reference=str(kept.uuid)
        )
        model_admin.log_deletions(request, Klant.objects.filter(pk=other.pk))
    why = f"Samengebracht met klant {other.uuid}."
    taken = [row.name for row in rows_of(request, kept, other) if row.takes_other]
    merge_locked_klanten(locked, taken, context_of(request, why), decision)
    note(request, kept, why)


def _versions(kept: Klant, other: Klant) -> str:
    return f"{version_of(kept)} {version_of(other)}"


def rows_of(request: HttpRequest, kept: Klant, other: Klant) -> list[MergeRow]:
    """Return the non-empty values side by side, with the choices.

    By default, values that only the other klant has are taken.
    """
    rows = []
    for pair in pairs_of(kept, other):
        mine, theirs = _shown(pair, pair.kept), _shown(pair, pair.other)
        if not (mine or theirs):
            continue
        differs = _differs(pair)
        chosen = request.POST.get(f"veld-{pair.name}", "" if mine else OTHER)
        takes_other = differs and chosen == OTHER
        rows.append(
            MergeRow(pair.name, _label(pair), mine, theirs, differs, takes_other)
        )
    return rows


def _differs(pair: Pair) -> bool:
    if pair.field is None:
        return as_values(pair.kept) != as_values(pair.other)
    return bool(pair.kept != pair.other)


def _shown(pair: Pair, value: Any) -> str:
    if pair.field is None:
        return ", ".join(filter(None, flat(as_values(value) or {}).values()))
    if pair.field.name == BSN:
        return masked(value)
    return shown(pair.field, value)


def _label(pair: Pair) -> str:
    if pair.field is not None:
        return capfirst(str(pair.field.verbose_name))
    row: models.Model = pair.kept or pair.other
    return capfirst(str(row._meta.verbose_name))


def _render(
    model_admin: Any, request: HttpRequest, pair: tuple[Klant, Klant], form: MergeForm
) -> HttpResponse:
    kept, other = pair
    context = {
        **page_context(model_admin, request, kept),
        "title": _("Klanten samenvoegen"),
        "other": other,
        "kept_name": name_of(kept),
        "other_name": name_of(other),
        "rows": rows_of(request, kept, other),
        "form": form,
        **rollen_context(other),
    }
    return TemplateResponse(request, f"{TEMPLATES}/klanten_samenvoegen.html", context)
