"""Keep the lease of a row while its handler calls remote systems.

A worker can stall between two statements: a paused virtual machine, a stopped process,
a lock. The lease is therefore checked just before each request is sent. A duplicate is
then only possible if the worker stalls between this check and the request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from ...clients.http.exchange import before_sending
from ...conf import settings
from ...models import OutboxRow
from .transactions import execute_alone

REMAINING = """
    SELECT extract(epoch FROM lease_until - clock_timestamp())
    FROM klanten_plugin_outboxtask
    WHERE id = %(id)s AND state = 'running' AND lease_until = %(lease_until)s
"""

RENEW = """
    UPDATE klanten_plugin_outboxtask
    SET lease_until = clock_timestamp() + %(lease)s
    WHERE id = %(id)s AND state = 'running' AND lease_until = %(lease_until)s
    RETURNING lease_until
"""


class LeaseLost(Exception):
    """Another worker has claimed the row, or an administrator has settled it.

    Not a ``RemoteError``, because the remote system wasn't called.
    """


@contextmanager
def holding(row: OutboxRow) -> Iterator[None]:
    """Check the lease of the row before each request in this context.

    A request raises :class:`LeaseLost` if the lease was lost.
    """
    token = before_sending.set(partial(keep_lease, row))
    try:
        yield
    finally:
        before_sending.reset(token)


def keep_lease(row: OutboxRow) -> None:
    """Renew the lease of a row if half of it is over. Raises :class:`LeaseLost`."""
    values = {"id": row.pk, "lease_until": row.lease_until}
    found = execute_alone(REMAINING, values)
    if found and found[0][0] < settings.OUTBOX_LEASE / 2:
        lease = timedelta(seconds=settings.OUTBOX_LEASE)
        found = execute_alone(RENEW, {**values, "lease": lease})
        if found:
            row.lease_until = found[0][0]
    if not found:
        raise LeaseLost
