"""Look cheaply, every few minutes, whether the list of a service changed.

No notifications are sent for klantcontactmomenten that are added to or removed from an
existing contactmoment. The number of relations reveals such changes, and new ones are
usually at the end of the list.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

import structlog

from ...clients.rollen.lists import RollenClient
from ...conf import settings
from ...domain.rollen.others import count_known
from ...domain.rollen.sources import (
    PAUSE_SECONDS,
    active_bronnen,
    moment,
    request_spaced_pass,
)
from ...exceptions import RemoteError
from ...models import RolBron
from .keep import watched
from .lists import mirror_page

logger = structlog.stdlib.get_logger(__name__)

SHORTEST_WAIT = timedelta(seconds=PAUSE_SECONDS)
"""Between two looks at a service that didn't answer; two calls at once look once."""

MOST_PAGES = 10
"""Maximum number of pages that one look reads from the end of a list."""


def look_at_bronnen(early: float = 0.0) -> int:
    """Look at every service that is due for a look, and return their number.

    ``early`` is the number of seconds by which a look may be early: the interval
    between two calls. Errors are stored with the service. A failing service is checked
    again by the next call, or after its pause, to distinguish an outage from a single
    error of a gateway.
    """
    wait = timedelta(seconds=max(0.0, settings.ROLLEN_LOOK_SECONDS - early))
    is_long_ago = Q(looked_at=None) | Q(looked_at__lte=Now() - wait)
    is_failing = Q(failures__gt=0, looked_at__lte=Now() - SHORTEST_WAIT)
    is_resting = Q(paused_until__gt=timezone.now())
    is_due = (is_long_ago | is_failing) & ~is_resting
    count = 0
    for bron in active_bronnen().filter(is_due).order_by("pk"):
        # only the first worker to set it performs the look
        mine = RolBron.objects.filter(is_due, pk=bron.pk).update(looked_at=Now())
        if mine:
            count += 1
            _try(bron)
    return count


def _try(bron: RolBron) -> None:
    try:
        look_at(bron)
    except RemoteError as error:
        logger.warning("rollen_look_failed", bron=bron.pk, error=type(error).__name__)


def look_at(bron: RolBron) -> bool:
    """Mirror new relations; return whether the count then matches.

    If it doesn't, a pass is requested. Does nothing while a pass is running, or before
    the first pass is complete.
    """
    if bron.pass_state is not None or not bron.counts:
        return True
    with watched(bron) as client:
        count = _read_end(client, bron)
    is_explained = count - count_known(bron) == bron.unexplained
    if not is_explained:
        request_spaced_pass(bron)
        logger.info("rollen_changed", bron=bron.pk)
    return is_explained


def _read_end(client: RollenClient, bron: RolBron) -> int:
    """Mirror the first page, and pages from the end while they have new relations."""
    count, size = _mirror(client, bron, 1)
    last = -(-count // max(size, 1))
    for number in range(last, max(1, last - MOST_PAGES), -1):
        before = count_known(bron)
        count, rows = _mirror(client, bron, number)
        is_news = count_known(bron) > before or rows == 0
        if count - count_known(bron) <= bron.unexplained or not is_news:
            break
    return count


def _mirror(client: RollenClient, bron: RolBron, number: int) -> tuple[int, int]:
    """Mirror a page; return the total number of relations, and that on the page."""
    asked = moment()
    page = client.read_page(number)
    if page is None:
        # the list became shorter
        return _mirror(client, bron, 1)
    mirror_page(bron, page, asked)
    return page.count, page.rows
