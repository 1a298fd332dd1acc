"""Masking of BSNs, and logging when one is shown or searched."""

from __future__ import annotations

from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest

import structlog

from ...models import Klant

logger = structlog.stdlib.get_logger(__name__)

PERMISSION = "klanten_plugin.view_bsn"
SHOWN = 3
"""Number of last digits that are always shown, to distinguish persons."""

MESSAGE = "BSN bekeken."
SEARCHED = "Gezocht op BSN."


def masked(bsn: str) -> str:
    """Return the BSN with only its last digits visible."""
    return "\N{BULLET}" * max(len(bsn) - SHOWN, 0) + bsn[-SHOWN:] if bsn else ""


def may_see_bsn(request: HttpRequest) -> bool:
    """Whether this user may see complete BSNs."""
    return request.user.has_perm(PERMISSION)


def write_down_look(request: HttpRequest, klant: Klant) -> None:
    """Log that this user saw the BSN of this klant, without the BSN.

    It uses the log of the admin (``LogEntry``), which records actions of administrators
    and is kept when the klant is deleted. The audit trail of the suite is deleted with
    its klant, and is visible to consumers of the API.
    """
    note(request, klant, MESSAGE)
    logger.info("bsn_shown", user=request.user.pk, klant=str(klant.uuid))


def write_down_search(request: HttpRequest, klanten: list[Klant]) -> None:
    """Log that this user found these klanten by BSN, without the BSN."""
    for klant in klanten:
        note(request, klant, SEARCHED)
        logger.info("bsn_searched", user=request.user.pk, klant=str(klant.uuid))


def note(request: HttpRequest, klant: Klant, message: str) -> None:
    """Add a line about this klant to the log of the admin."""
    assert request.user.pk is not None
    LogEntry.objects.log_actions(request.user.pk, [klant], CHANGE, message)
