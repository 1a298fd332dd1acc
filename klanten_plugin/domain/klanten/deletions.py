"""The register of deletions: which klanten were deleted, on what ground, and by whom.

A line has no contents of the klant, and outlives it. It is written in the transaction
that deletes the klant, so there is no deletion without a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...constants import DeletionGround
from ...models import DeletionList, Klant
from ...models.deletions import WHO_LENGTH
from .audittrail import RemovedTrail, storable


@dataclass(frozen=True)
class DeletionDecision:
    """The ground of a deletion, and who decided on it.

    ``decided_by`` and ``approved_by`` are names of employees. ``reference`` is the
    number of a request or a category of the selectielijst, never personal data.
    """

    ground: DeletionGround
    decided_by: str = ""
    approved_by: str = ""
    reference: str = ""
    deletion_list: DeletionList | None = None


def facts_of(
    klant: Klant, decision: DeletionDecision, trail: RemovedTrail, beleid: str
) -> dict[str, Any]:
    """Return the values of a register line; ``beleid`` is the policy for roles."""
    deletion_list = decision.deletion_list
    return {
        "klant_uuid": klant.uuid,
        "subject_type": klant.subject_type,
        "created_at": trail.first,
        "changed_at": trail.last,
        "ground": decision.ground.value,
        "reference": decision.reference,
        "decided_by": storable(decision.decided_by, WHO_LENGTH),
        "approved_by": storable(decision.approved_by, WHO_LENGTH),
        "deletion_list_id": deletion_list.pk if deletion_list else None,
        "rollen_beleid": beleid,
    }
