"""Delete a klant, or create a list for bulk deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from ...constants import DeletionGround, RollenBeleid
from ...domain.klanten.audittrail import audit_lines
from ...domain.klanten.deletion_lists import Employee, make_deletion_list
from ...domain.klanten.deletions import DeletionDecision
from ...domain.klanten.write import delete_klant
from ...models import Klant, KlantenConfig
from ...models.deletions import REFERENCE_HELP, REFERENCE_LENGTH
from ...models.groups import get_group, group_paths, owned_groups
from .detail import name_of
from .views import TEMPLATES, context_of, page_context

GROUNDS = [
    (ground.value, ground.label)
    for ground in DeletionGround
    if ground != DeletionGround.API
]
"""The grounds that an administrator can choose."""


class GroundForm(forms.Form):
    """The ground of a deletion."""

    grond = forms.ChoiceField(
        label=gettext_lazy("Grond"), choices=GROUNDS, widget=forms.RadioSelect
    )
    kenmerk = forms.CharField(
        label=gettext_lazy("Kenmerk"),
        required=False,
        max_length=REFERENCE_LENGTH,
        help_text=REFERENCE_HELP,
    )

    def decision(self, request: HttpRequest) -> DeletionDecision:
        """Return the decision, made by this user."""
        return DeletionDecision(
            DeletionGround(self.cleaned_data["grond"]),
            decided_by=employee_of(request).name,
            reference=self.cleaned_data["kenmerk"],
        )


class DeletionListForm(GroundForm):
    """A new list of klanten to delete; ``klanten`` are their primary keys."""

    naam = forms.CharField(
        label=gettext_lazy("Naam van de lijst"),
        max_length=100,
        help_text=gettext_lazy("Geen persoonsgegevens."),
    )
    klanten = forms.RegexField(r"^\d+(,\d+)*$", widget=forms.HiddenInput)

    field_order = ("naam", "grond", "kenmerk")


def employee_of(request: HttpRequest) -> Employee:
    """Return the current user for the register of deletions."""
    user: Any = request.user
    assert isinstance(user, AbstractBaseUser)
    return Employee(str(user.pk), context_of(request).actor.gebruikers_weergave)


def delete_page(model_admin: Any, request: HttpRequest, klant: Klant) -> HttpResponse:
    """Return the confirmation page; after deleting, redirect to the list."""
    form = GroundForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _delete(model_admin, request, klant, form)
    context = {
        **page_context(model_admin, request, klant),
        "title": _("Klant %s verwijderen") % klant,
        "naam": name_of(klant),
        "form": form,
        "goes": list(_goes_with(klant)),
        **rollen_context(klant),
    }
    return TemplateResponse(request, f"{TEMPLATES}/klant_verwijderen.html", context)


def _delete(
    model_admin: Any, request: HttpRequest, klant: Klant, form: GroundForm
) -> HttpResponse:
    with transaction.atomic():
        model_admin.log_deletions(request, Klant.objects.filter(pk=klant.pk))
        delete_klant(klant, context_of(request), form.decision(request))
    text = _("Klant %(klant)s is verwijderd; dat staat in het register.")
    model_admin.message_user(request, text % {"klant": klant}, messages.SUCCESS)
    name = f"{model_admin.admin_site.name}:klanten_plugin_klant_changelist"
    return HttpResponseRedirect(reverse(name))


def _goes_with(klant: Klant) -> Iterator[str]:
    """Yield descriptions of the data that are deleted with a klant."""
    for accessor, model in owned_groups(Klant).items():
        if get_group(klant, accessor) is not None:
            yield capfirst(str(model._meta.verbose_name))
    if getattr(klant, "nhr_state", None) is not None:
        yield _("Wat het NHR gaf, en wanneer")
    yield _("Regels in de audit trail: %(count)d") % {
        "count": audit_lines(klant).count()
    }


def rollen_context(klant: Klant) -> dict[str, Any]:
    """Return the numbers of current relations by service, and if deletion removes them.

    ``rollen`` are pairs of the label of a service and a number.
    """
    rollen = klant.rollen.current().order_by("bron_id")
    counts = rollen.values_list("bron__service__label").annotate(count=Count("pk"))
    policy = KlantenConfig.get_solo().rollen_beleid
    return {"rollen": counts, "removes_rollen": policy == RollenBeleid.REMOVE}


def deletion_list_page(
    model_admin: Any, request: HttpRequest, klanten: list[Klant]
) -> HttpResponse:
    """Return the form of a new list with the selected klanten."""
    keys = ",".join(str(klant.pk) for klant in klanten)
    return _list_page(model_admin, request, DeletionListForm(initial={"klanten": keys}))


def make_list(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Create a list from the form, and redirect to its page."""
    form = DeletionListForm(request.POST)
    if not form.is_valid():
        return _list_page(model_admin, request, form)
    made = make_deletion_list(
        _klanten_of(form),
        form.decision(request),
        form.cleaned_data["naam"],
        employee_of(request),
    )
    text = _("De verwijderlijst is gemaakt. Een ander moet haar nu bevestigen.")
    model_admin.message_user(request, text, messages.SUCCESS)
    name = f"{model_admin.admin_site.name}:klanten_plugin_deletionlist_change"
    return HttpResponseRedirect(reverse(name, args=[made.pk]))


def _list_page(
    model_admin: Any, request: HttpRequest, form: DeletionListForm
) -> HttpResponse:
    klanten = [(klant, name_of(klant)) for klant in _klanten_of(form)]
    context = {
        **page_context(model_admin, request, None),
        "title": _("Verwijderlijst maken"),
        "form": form,
        "klanten": klanten,
    }
    return TemplateResponse(request, f"{TEMPLATES}/verwijderlijst_maken.html", context)


def _klanten_of(form: DeletionListForm) -> list[Klant]:
    text = str(form["klanten"].value() or "")
    keys = [int(key) for key in text.split(",") if key.isdecimal() and len(key) < 19]
    klanten = Klant.objects.filter(pk__in=keys)
    return list(klanten.select_related(*group_paths(Klant)).order_by("pk"))
