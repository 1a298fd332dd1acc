"""Delete the relations of a deleted klant at their owners, if that is the policy."""

from __future__ import annotations

import time
from uuid import UUID

from django.utils.translation import gettext as _, gettext_lazy

from ...clients.rollen.lists import FilterRefused, RollenClient
from ...constants import OutboxKind
from ...domain.outbox import add_row
from ...domain.rollen.mirror import apply_gone
from ...domain.rollen.sources import locked_bron, moment
from ...exceptions import TemporaryRemoteError
from ...models import Klant, KlantRol, OutboxRow, RolBron
from .keep import SLICE_SECONDS, klant_and_bron, klant_urls, under_root, watched
from .lists import mirror_page

TOELICHTING = gettext_lazy("De klant van deze relatie is verwijderd.")
"""Explanation for the audit trail of the service when a relation is deleted."""


def remove(row: OutboxRow) -> None:
    """Delete the relations of a deleted klant at one service.

    Idempotent. A klant that exists keeps its relations. If time runs out, another row
    continues; each row deletes known relations first, so progress is guaranteed.
    """
    uuid, bron = klant_and_bron(row)
    if bron is None or Klant.objects.filter(uuid=uuid).exists():
        return
    end = time.monotonic() + SLICE_SECONDS
    with watched(bron) as client:
        done = Removal(client, bron, uuid, end).run()
    if not done:
        add_row(OutboxKind.ROL_VERWIJDEREN, row.object_key)


class Removal:
    """One slice of the removal for one klant at one service."""

    def __init__(
        self, client: RollenClient, bron: RolBron, uuid: UUID, end: float
    ) -> None:
        self.client, self.bron, self.end = client, bron, end
        self.uuid = uuid
        self.left = KlantRol.objects.filter(
            bron=bron, klant_uuid=uuid, klant=None, retired_at=None
        )
        self.deleted: set[str] = set()

    def run(self) -> bool:
        """Delete mirrored relations, search for more; return whether none is left."""
        while self._delete_mirrored():
            if not self._find_more():
                return True
            if time.monotonic() > self.end:
                return False
        return False

    def _delete_mirrored(self) -> bool:
        """Delete at least one relation; return whether all are deleted."""
        for url in list(self.left.values_list("url", flat=True)):
            if url in self.deleted:
                raise TemporaryRemoteError(
                    _(
                        "{service} zegt dat een relatie verwijderd is, maar geeft haar nog."
                    ).format(service=self.client.service.label)
                )
            self._delete(url)
            if time.monotonic() > self.end:
                return not self.left.exists()
        return True

    def _delete(self, url: str) -> None:
        self.client.delete_relatie(under_root(self.client, url), str(TOELICHTING))
        self.deleted.add(url)
        answered = moment()
        with locked_bron(self.bron.pk) as locked:
            apply_gone(locked, [url], answered)

    def _find_more(self) -> bool:
        """Read the first page of each list until one has relations of the klant.

        The first page is enough, because its relations are deleted before the next
        read.
        """
        of_klant = KlantRol.objects.filter(bron=self.bron, klant_uuid=self.uuid)
        for form in klant_urls(of_klant, self.uuid):
            asked = moment()
            try:
                page = self.client.read_page(1, {"klant": form})
            except FilterRefused:
                continue
            if page is not None:
                mirror_page(self.bron, page, asked)
            if self.left.exists():
                return True
        return False
