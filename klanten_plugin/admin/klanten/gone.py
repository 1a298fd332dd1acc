"""The page for a klant that doesn't exist (any more)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ...models import Klant, KlantRol
from .history import may_view
from .views import find_klant


def gone_page(
    model_admin: Any, request: HttpRequest, object_id: str
) -> TemplateResponse:
    """Return a 404 page for users who may see klanten."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Deze klant bestaat niet (meer)"),
        "deleted": _deletion(object_id),
        "sees_rollen": may_view(request, KlantRol),
    }
    return TemplateResponse(
        request, "klanten_plugin/admin/klant_weg.html", context, status=404
    )


def _deletion(object_id: str) -> LogEntry | None:
    """Return the log line of the deletion in the admin, or ``None``."""
    lines = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Klant),
        object_id=object_id,
        action_flag=DELETION,
    )
    return lines.select_related("user").order_by("-pk").first()


def if_there(view: Callable[..., Any]) -> Callable[..., Any]:
    """Raise :class:`Http404` for a missing klant; Django would redirect."""

    def wrapped(request: HttpRequest, object_id: str, *args: Any, **kw: Any) -> Any:
        find_klant(object_id)
        return view(request, object_id, *args, **kw)

    return wrapped


def or_gone(model_admin: Any, view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Wrap a view, with a helpful page instead of a bare 404."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = view(request, *args, **kwargs)
        except Http404:
            object_id = str(kwargs.get("object_id") or (args[0] if args else ""))
            return gone_page(model_admin, request, object_id)
        return response

    return wrapped
