"""Status page for operators: outbox, NHR, sources of roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..clients.nhr.budget import WARN_AT, used_this_month
from ..conf import settings
from ..constants import OPEN_STATES, NhrOutcome, OutboxKind, OutboxState
from ..domain.rollen.sources import active_bronnen
from ..models import (
    KlantenConfig,
    NhrState,
    NhrVerbruik,
    OutboxRow,
    RolBron,
    StatusPage,
)
from ..models.notificaties import notifications_service
from ..sync.outbox.upkeep import health
from .chart import DAYS, draw
from .klanten.history import may_view
from .nhr_sources import conditions, rhythm, spending
from .read_only import ReadOnly
from .rollen import condition_of
from .site_context import site_context

COUNTED_OUTCOMES = (
    NhrOutcome.FOUT,
    NhrOutcome.STORING,
    NhrOutcome.DEELS,
    NhrOutcome.ONBEKEND,
    NhrOutcome.UITGESCHREVEN,
)
FAILURES_SHOWN = 10
COUNTED = 10_000
"""Maximum number of rows to count exactly."""


@admin.register(StatusPage)
class StatusPageAdmin(ReadOnly, admin.ModelAdmin):
    """The status page as an admin entry with a separate permission.

    It is read-only; each part links to the page where it can be changed.
    """

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the parts for which the user has permission."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        parts: dict[str, tuple[Any, Callable[[], Any]]] = {
            "outbox": (OutboxRow, lambda: outbox_part(now)),
            "nhr": (NhrState, lambda: nhr_part(now)),
            "verbruik": (NhrVerbruik, verbruik_part),
            "bronnen": (RolBron, bronnen_part),
            "config": (KlantenConfig, config_part),
        }
        context = {
            **site_context(self, request),
            "title": _("Stand van zaken"),
            "now": now,
            **{
                name: part() if may_view(request, model) else None
                for name, (model, part) in parts.items()
            },
        }
        return TemplateResponse(request, "klanten_plugin/admin/status.html", context)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse: there are no individual rows."""
        raise PermissionDenied

    history_view = change_view


def outbox_part(now: datetime) -> dict[str, Any]:
    """Return the figures, the chart, the last runs and the errors of the outbox."""
    today = timezone.localdate(now)
    since = now - timedelta(days=DAYS)
    done_rows = list(
        OutboxRow.objects.filter(state=OutboxState.DONE, settled_at__gte=since)
        .annotate(day=TruncDate("settled_at"))
        .order_by()
        .values("kind", "day")
        .annotate(count=Count("pk"), last=Max("settled_at"))
    )
    waiting = dict(
        OutboxRow.objects.filter(state__in=OPEN_STATES, due_at__lte=now)
        .annotate(day=TruncDate("due_at"))
        .order_by()
        .values_list("day")
        .annotate(Count("pk"))
    )
    done: Counter[date] = Counter()
    for row in done_rows:
        done[row["day"]] += row["count"]
    numbers = health()
    return {
        "health": numbers,
        "oldest": timedelta(seconds=int(numbers.oldest_seconds)),
        "chart": draw(today, done, waiting),
        "runs": _runs(done_rows),
        "failures": _failures(),
    }


def _runs(done_rows: list[Any]) -> list[dict[str, Any]]:
    """Return the last run and the number of completed rows of each kind."""
    runs = []
    for kind in OutboxKind:
        rows = [row for row in done_rows if row["kind"] == kind]
        last = max((row["last"] for row in rows), default=None)
        total = sum(row["count"] for row in rows)
        runs.append({"label": kind.label, "last": last, "count": total})
    return runs


def _failures() -> list[OutboxRow]:
    """Return given-up rows, then failing ones, through an index."""
    given_up = OutboxRow.objects.filter(state=OutboxState.GIVEN_UP)
    failing = OutboxRow.objects.filter(state=OutboxState.WAITING, attempts__gt=0)
    found = list(given_up.order_by("-settled_at")[:FAILURES_SHOWN])
    return found + list(failing.order_by("-pk")[: FAILURES_SHOWN - len(found)])


def nhr_part(now: datetime) -> dict[str, Any]:
    """Return the state of the sources, due klanten, and outcomes with problems."""
    outcomes = [
        (
            outcome.label,
            outcome.value,
            bounded(NhrState.objects.filter(outcome=outcome)),
        )
        for outcome in COUNTED_OUTCOMES
    ]
    return {
        "sources": conditions(),
        "rhythm": rhythm(),
        "due": bounded(NhrState.objects.due(now)),
        "outcomes": outcomes,
    }


def bounded(queryset: Any) -> str:
    """Return the number of rows, up to :data:`COUNTED`."""
    count = queryset.order_by()[: COUNTED + 1].count()
    return f"{COUNTED}+" if count > COUNTED else str(count)


def verbruik_part() -> dict[str, Any]:
    """Return this month's usage of KVK and the remaining budget."""
    used = used_this_month()
    budget = settings.NHR_MONTHLY_BUDGET
    part = used.betaald / budget if budget else 1.0
    return {
        "text": spending(),
        "percentage": min(round(part * 100), 100),
        "state": "fout" if part >= 1 else "let-op" if part >= WARN_AT else "goed",
    }


def bronnen_part() -> list[tuple[RolBron, str]]:
    """Return the services with roles, each with its condition in words."""
    return [(bron, condition_of(bron)) for bron in active_bronnen()]


def config_part() -> dict[str, Any]:
    """Return the configuration."""
    config = KlantenConfig.objects.select_related("nhr_mutatieservice").first()
    config = config or KlantenConfig()
    return {
        "notificaties": notifications_service(),
        "mutatieservice": config.nhr_mutatieservice,
        "abonnement": config.abonnement_url,
        "beleid": config.get_rollen_beleid_display(),
    }
