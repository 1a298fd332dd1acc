"""Pages of klanten by their primary keys."""

from __future__ import annotations

from dataclasses import dataclass

from klanten_plugin.domain.klanten.pages import Lookups, read_page
from klanten_plugin.models import Klant


@dataclass(frozen=True)
class Found:
    """The primary keys of the klanten on a page, and the total count."""

    count: int
    pks: list[int]


def find_klanten(lookups: Lookups, start: int | None, size: int) -> Found:
    """Read a page, and return the keys of its klanten."""
    page = read_page(lookups, start, size, "https://klanten.nl")
    uuids = [str(klant["url"]).rpartition("/")[2] for klant in page.klanten]
    pks = {
        str(klant.uuid): klant.pk
        for klant in Klant.objects.filter(uuid__in=uuids).only("uuid")
    }
    return Found(page.count, [pks[uuid] for uuid in uuids])
