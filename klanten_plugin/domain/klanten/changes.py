"""Who changes a klant, why, and under which address?

What a change needs to know beyond its values: for its audit line and for the URL that
the klant has for those who hear of the change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse

from vng_api_common.utils import get_domain

from ...conf import host_is_https
from ...models import Klant


@dataclass(frozen=True)
class Actor:
    """Who makes the change, in the words of the audit trail (``AuditTrail``)."""

    applicatie_id: str = ""
    applicatie_weergave: str = ""
    gebruikers_id: str = ""
    gebruikers_weergave: str = ""
    toelichting: str = ""
    logrecord_id: str = ""


def own_collection_url() -> str:
    """The absolute URL of ``/klanten`` outside a request: the suite's own domain."""
    scheme = "https" if host_is_https() else "http"
    path = reverse("klant-list", kwargs={"version": "1"})
    return f"{scheme}://{get_domain()}{path}"


@dataclass(frozen=True)
class ChangeContext:
    """The circumstances of a change.

    ``collection_url`` is the absolute URL of ``/klanten`` as the one who makes the
    change sees it; ``partial`` tells a PATCH from a PUT. Of a ``silent`` change no
    subscriber is told; one ``in_bulk`` is one of so many that the trade register is
    asked about them little by little.
    """

    actor: Actor = field(default_factory=Actor)
    collection_url: str = field(default_factory=own_collection_url)
    partial: bool = False
    silent: bool = False
    in_bulk: bool = False

    def url_of(self, klant: Klant) -> str:
        """The absolute URL of the klant."""
        return f"{self.collection_url}/{klant.uuid}"
