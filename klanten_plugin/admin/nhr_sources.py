"""Texts on the state of the sources of contact data and the budget."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ..clients.nhr.budget import Lane, room, used_this_month
from ..conf import settings
from ..domain.nhr.timing import interval_days
from ..models import KlantenConfig, NhrBron
from ..sync.nhr.gate import resting_until
from .moments import readable_moment

PRICE = Decimal("0.02")
"""Euros for a Vestigingsprofiel or Basisprofiel, as KVK published in 2025."""


@dataclass(frozen=True)
class Condition:
    """The state of a source, with advice on problems.

    ``state`` is one of "goed", "let-op" and "fout".
    """

    bron: NhrBron
    state: str
    text: str


def conditions() -> list[Condition]:
    """Return the state of the active sources, in order of trust."""
    return [_condition(bron) for bron in NhrBron.objects.active()]


def _condition(bron: NhrBron) -> Condition:
    values = {
        "since": readable_moment(bron.failing_since),
        "until": readable_moment(resting_until(bron)),
        "error": bron.last_error,
        "count": bron.failures,
    }
    if bron.stopped_at:
        text = _(
            "Gestopt sinds %(since)s: %(error)s Los het op en bewaar de configuratie: "
            "dan gaat het verder. Om %(until)s wordt het vanzelf nog eens geprobeerd."
        )
        return Condition(bron, "fout", text % values)
    if bron.paused_until and bron.paused_until > timezone.now():
        text = _(
            "Antwoordt niet sinds %(since)s (%(count)d keer achtereen): %(error)s "
            "Wordt om %(until)s weer geprobeerd, of zodra u de configuratie bewaart; wat "
            "aan de beurt is wacht."
        )
        return Condition(bron, "fout", text % values)
    if bron.failing_since:
        text = _("Laatste vraag mislukt, sinds %(since)s: %(error)s")
        return Condition(bron, "let-op", text % values)
    return Condition(bron, "goed", _("Er wordt opgevraagd wat aan de beurt is."))


def rhythm() -> str:
    """Return a sentence on when klanten are looked up."""
    days = round(interval_days())
    if KlantenConfig.objects.filter(nhr_mutatieservice__isnull=False).exists():
        text = _(
            "Een nieuwe klant meteen; daarna zodra KVK een wijziging meldt, en anders na "
            "hoogstens %(days)s dagen."
        )
    else:
        text = _(
            "Een nieuwe klant meteen; daarna na hoogstens %(days)s dagen. Met de "
            "Mutatieservice van KVK ook zodra er iets wijzigt."
        )
    return text % {"days": days}


def euros(paid: int) -> str:
    """Return the costs of paid requests at KVK's published price."""
    return f"€ {number_format(paid * PRICE, decimal_pos=2, force_grouping=True)}"


def spending() -> str:
    """Return a text on this month's requests, costs and remaining budget."""
    used = used_this_month()
    text = _(
        "%(paid)s van %(budget)s betaalde aanvragen, waarvan %(refreshed)s voor "
        "verversing; %(free)s gratis. Bij het tarief van KVK is dat %(euros)s; "
        "gemeenten en andere a-bestuursorganen krijgen geen factuur (inputfinanciering). "
        "Vandaag nog %(first)s voor nieuwe klanten en %(refresh)s voor verversing."
    )
    return text % {
        "paid": used.betaald,
        "budget": settings.NHR_MONTHLY_BUDGET,
        "refreshed": used.ververst,
        "free": used.vrij,
        "euros": euros(used.betaald),
        "first": max(0, room(Lane.FIRST, used)),
        "refresh": max(0, room(Lane.REFRESH, used)),
    }
