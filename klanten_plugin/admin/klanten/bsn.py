"""Who sees a BSN in full? Who may, after asking for it, and that is written down."""

from __future__ import annotations

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest

import structlog

from ...models import Klant

logger = structlog.stdlib.get_logger(__name__)

PERMISSION = "klanten_plugin.view_bsn"
SHOWN = 3
"""Digits at the end that are always shown: enough to tell two persons apart."""

MESSAGE = "BSN bekeken."
SEARCHED = "Gezocht op BSN."


def masked(bsn: str) -> str:
    """The BSN with all but its last digits hidden."""
    return "\N{BULLET}" * max(len(bsn) - SHOWN, 0) + bsn[-SHOWN:] if bsn else ""


def may_see_bsn(request: HttpRequest) -> bool:
    """Whether this user may see BSNs in full at all."""
    return request.user.has_perm(PERMISSION)


def write_down_look(request: HttpRequest, klant: Klant) -> None:
    """Keep that this user saw the BSN of this klant; never the BSN itself.

    In the log of the admin (``LogEntry``): that is where a host keeps what its
    administrators did, and it stays when the klant is deleted. The audit trail of the
    suite goes with its klant, and tells consumers of the API of changes.
    """
    note(request, klant, MESSAGE)
    logger.info("bsn_shown", user=request.user.pk, klant=str(klant.uuid))


def write_down_search(request: HttpRequest, klanten: list[Klant]) -> None:
    """Keep that this user found these klanten by their BSN; never the BSN itself."""
    for klant in klanten:
        note(request, klant, SEARCHED)
        logger.info("bsn_searched", user=request.user.pk, klant=str(klant.uuid))


def note(request: HttpRequest, klant: Klant, message: str) -> None:
    """Write a line in the log of the admin about this klant."""
    assert request.user.pk is not None
    LogEntry.objects.create(
        user_id=request.user.pk,
        content_type_id=ContentType.objects.get_for_model(Klant).pk,
        object_id=str(klant.pk),
        object_repr=str(klant)[:200],
        action_flag=CHANGE,
        change_message=message,
    )
