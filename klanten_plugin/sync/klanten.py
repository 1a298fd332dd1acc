"""Execute lists of deletions, as rows of the outbox."""

from __future__ import annotations

from ..domain.klanten.deletion_lists import execute_deletion_list
from ..models import OutboxRow
from .outbox.run import Backoff

SLICE_SECONDS = 20.0
"""Maximum seconds per row of the outbox, to stay within its lease."""


def deletion_backoff() -> Backoff:
    """Return a short backoff: only the database or the host can fail."""
    return Backoff(limit=300.0)


def delete_listed(row: OutboxRow) -> None:
    """Delete the klanten of a list. Idempotent: see ``execute_deletion_list``."""
    execute_deletion_list(int(row.object_key), SLICE_SECONDS)
