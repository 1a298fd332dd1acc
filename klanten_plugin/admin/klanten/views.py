"""The pages to view, add and change a klant, which write through the domain."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_noop
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from vng_api_common.audittrails.models import AuditTrail

from ...clients.nhr.sources import make_source
from ...constants import KlantType
from ...domain.klanten.addresses import own_collection_url
from ...domain.klanten.changes import Actor, ChangeContext, Origin, Writer
from ...domain.klanten.etags import served_etag
from ...domain.klanten.locking import lock_klant
from ...domain.klanten.representation import represent_klant
from ...domain.klanten.write import create_klant, update_locked_klant
from ...exceptions import ConfigurationError, NumbersExhausted, RuleViolation
from ...models import Klant, NhrBron, NhrState
from ...models.groups import group_paths
from ..site_context import site_context
from .bsn import may_see_bsn
from .detail import contact_lines, name_of, subject_parts
from .history import may_view, newest_audit_lines, panels, readable
from .page_forms import FindDoubts, KlantForms

TEMPLATES = "klanten_plugin/admin"

# no transaction while a subject is fetched, and no values in error reports
FORM = [csrf_protect, sensitive_post_parameters(), transaction.non_atomic_requests]
BUTTON = [csrf_protect, sensitive_post_parameters(), require_POST]

ANYWAY = "toch"
"""The form field that confirms adding a possible duplicate."""

CHANGED_MEANWHILE = gettext_noop(
    "De klant is gewijzigd nadat u deze pagina opende. Hieronder staat wat u invulde; "
    "bekijk de klant opnieuw en voer uw wijziging nog eens uit."
)


class Changed(Exception):
    """The klant was changed after the page was shown."""


def find_klant(object_id: str | int) -> Klant:
    """Return the klant with its groups. Raises ``Klant.DoesNotExist``."""
    klanten = Klant.objects.select_related("nhr_state", *group_paths(Klant))
    try:
        return klanten.get(pk=int(object_id))
    except (ValueError, OverflowError) as error:
        raise Klant.DoesNotExist from error


def version_of(klant: Klant) -> str:
    """Return a version that changes with every change of the klant."""
    return served_etag(klant, represent_klant(klant, ""))


def context_of(request: HttpRequest, toelichting: str = "") -> ChangeContext:
    """Return the context of a change by this administrator."""
    user: Any = request.user
    full_name = getattr(user, "get_full_name", str)() or user.get_username()
    return ChangeContext(
        actor=Actor(
            applicatie_id="admin",
            applicatie_weergave="Beheer",
            gebruikers_id=str(user.pk),
            gebruikers_weergave=full_name,
            toelichting=toelichting,
        ),
        # only changed fields are sent, as in a PATCH
        partial=True,
        origin=Origin(Writer.ADMINISTRATOR),
    )


def detail_page(
    model_admin: Any,
    request: HttpRequest,
    klant: Klant,
    extra: dict[str, Any],
    *,
    show_bsn: bool = False,
) -> TemplateResponse:
    """Return the page of a klant, with ``extra`` context."""
    sees_trail = may_view(request, AuditTrail)
    trail = newest_audit_lines(klant) if sees_trail else []
    state = getattr(klant, "nhr_state", None) if may_view(request, NhrState) else None
    context = {
        **page_context(model_admin, request, klant),
        "naam": name_of(klant),
        "api_url": f"{own_collection_url()}/{klant.uuid}",
        "parts": list(subject_parts(klant, show_bsn=show_bsn)),
        "contact": list(contact_lines(klant, state, trail, deliverable(state))),
        "state": state,
        "audit": readable(klant, trail) if sees_trail else None,
        "may_see_bsn": may_see_bsn(request) and not show_bsn,
        **panels(request, klant),
        **extra,
    }
    return TemplateResponse(request, f"{TEMPLATES}/klant.html", context)


def deliverable(state: NhrState | None) -> frozenset[str]:
    """Return the fields that the configured sources can provide for a klant."""
    if state is None or state.due_at is None:
        return frozenset()
    try:
        sources = [make_source(bron) for bron in NhrBron.objects.active()]
    except ConfigurationError:  # shown on the configuration page
        return frozenset()
    asked = (source.fields for source in sources if state.soort in source.soorten)
    return frozenset[str]().union(*asked)


def page_context(
    model_admin: Any, request: HttpRequest, klant: Klant | None
) -> dict[str, Any]:
    """Return the common context of the pages."""
    return {
        **site_context(model_admin, request),
        "original": klant,
        "klant": klant,
        "title": str(klant or _title(model_admin, None)),
        "has_change_permission": model_admin.has_change_permission(request, klant),
        "has_delete_permission": model_admin.has_delete_permission(request, klant),
    }


def choose_page(model_admin: Any, request: HttpRequest) -> TemplateResponse:
    """Return the page to choose the kind, which can't be changed later."""
    context = {
        **page_context(model_admin, request, None),
        "kinds": [(kind.value, kind.label) for kind in KlantType],
    }
    return TemplateResponse(request, f"{TEMPLATES}/klant_soort.html", context)


def form_page(
    model_admin: Any,
    request: HttpRequest,
    klant: Klant | None,
    subject_type: str,
    find_doubts: FindDoubts | None = None,
) -> HttpResponse:
    """Return the form, or a redirect after saving.

    Results of ``find_doubts`` are shown once before saving.
    """
    if request.method != "POST":
        version = version_of(klant) if klant else ""
        page = KlantForms(klant, subject_type, version=version)
        return _render(model_admin, request, page)
    page = KlantForms(klant, subject_type, request.POST)
    if ANYWAY not in request.POST:
        page.find_doubts = find_doubts
    saved = _save(model_admin, request, page)
    if saved is None:
        return _render(model_admin, request, page)
    return _saved(model_admin, request, saved, is_changed=bool(page.values()))


def _save(model_admin: Any, request: HttpRequest, page: KlantForms) -> Klant | None:
    """Save everything, or nothing and add the errors to the forms."""
    if not page.is_valid(request.get_host()) or page.is_doubtful():
        return None
    context = context_of(request, page.reason.cleaned_data["toelichting"])
    try:
        with transaction.atomic():
            klant = _write(page, context)
            _log(model_admin, request, page, klant)
    except RuleViolation as violation:
        page.add_violation(violation)
    except NumbersExhausted:
        text = _("Voor deze bronorganisatie zijn geen klantnummers meer te geven.")
        page.root.form.add_error("klantnummer", text)
    except Changed:
        page.root.form.add_error(None, _(CHANGED_MEANWHILE))
    else:
        return klant
    return None


def _write(page: KlantForms, context: ChangeContext) -> Klant:
    values = page.values()
    if page.klant is None:
        return create_klant(values, context)
    klant = lock_klant(page.klant)
    if version_of(klant) != page.reason.cleaned_data["versie"]:
        raise Changed
    if values:
        update_locked_klant(klant, values, context)
    return klant


def _log(
    model_admin: Any, request: HttpRequest, page: KlantForms, klant: Klant
) -> None:
    """Log the changed fields, without values."""
    if page.klant is None:
        model_admin.log_addition(request, klant, [{"added": {}}])
        return
    names = [str(name) for name in page.changed_labels()]
    if names:
        model_admin.log_change(request, klant, [{"changed": {"fields": names}}])


def _saved(
    model_admin: Any, request: HttpRequest, klant: Klant, *, is_changed: bool
) -> HttpResponse:
    if is_changed:
        text = _("Klant %(klant)s is bewaard.") % {"klant": klant}
        model_admin.message_user(request, text, messages.SUCCESS)
    else:
        text = _("Er is niets gewijzigd aan klant %(klant)s.") % {"klant": klant}
        model_admin.message_user(request, text, messages.INFO)
    return HttpResponseRedirect(klant_url(model_admin, klant))


def klant_url(model_admin: Any, klant: Klant, page: str = "change") -> str:
    """Return the URL of a page of this klant."""
    name = f"{model_admin.admin_site.name}:klanten_plugin_klant_{page}"
    return reverse(name, args=[klant.pk])


def _render(model_admin: Any, request: HttpRequest, page: KlantForms) -> HttpResponse:
    context = {
        **page_context(model_admin, request, page.klant),
        "title": _title(model_admin, page.klant),
        "page": page,
        "blocks": list(page.blocks()),
        "has_errors": page.has_errors(),
        "anyway": ANYWAY,
    }
    return TemplateResponse(request, f"{TEMPLATES}/klant_form.html", context)


def _title(model_admin: Any, klant: Klant | None) -> str:
    if klant is None:
        return str(_("%s toevoegen") % capfirst(model_admin.opts.verbose_name))
    return _("%s wijzigen") % klant


def require(allowed: bool) -> None:  # noqa: FBT001 - reads as a sentence
    """Raise ``PermissionDenied`` unless allowed."""
    if not allowed:
        raise PermissionDenied
