"""The page for a klant that doesn't exist (any more)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ...models import Klant, KlantRol
from .history import may_view
from .views import TEMPLATES, require


def gone_page(
    model_admin: Any, request: HttpRequest, object_id: str
) -> TemplateResponse:
    """Return a 404 page for users who may see klanten."""
    require(model_admin.has_view_or_change_permission(request))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Deze klant bestaat niet (meer)"),
        "deleted": _deletion(object_id),
        "sees_rollen": may_view(request, KlantRol),
    }
    return TemplateResponse(request, f"{TEMPLATES}/klant_weg.html", context, status=404)


def _deletion(object_id: str) -> LogEntry | None:
    """Return the log line of the deletion in the admin, or ``None``."""
    lines = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Klant),
        object_id=object_id,
        action_flag=DELETION,
    )
    return lines.select_related("user").order_by("-pk").first()


def or_gone(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Wrap a view of a model admin, with a helpful page for a missing klant."""

    @wraps(view)
    def wrapped(
        model_admin: Any, request: HttpRequest, object_id: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            response: HttpResponse = view(model_admin, request, object_id, **kwargs)
        except Klant.DoesNotExist:
            return gone_page(model_admin, request, str(object_id))
        return response

    return wrapped
