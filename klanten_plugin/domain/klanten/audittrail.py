"""Write and find the audit lines of a klant.

The lines are the suite's own ``AuditTrail`` rows, written in the transaction of the
change. They contain the URL of the klant in the request, whose last 36 characters
identify the klant, whatever the host.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max, QuerySet
from django.db.models.functions import Right

from vng_api_common.audittrails.models import AuditTrail
from vng_api_common.constants import CommonResourceAction, ComponentTypes

from ...models import Klant
from .changes import ChangeContext
from .representation import Representation

UUID_LENGTH = 36

MARK = "…"
"""Marks the end of a truncated value."""

RESULT = {
    CommonResourceAction.create: 201,
    CommonResourceAction.update: 200,
    CommonResourceAction.partial_update: 200,
}
"""The status code of a line by action."""


def audit_line(
    klant: Klant,
    context: ChangeContext,
    action: CommonResourceAction,
    versions: tuple[Representation | None, Representation],
) -> AuditTrail:
    """Return the unsaved line of a change from ``versions``, before and after it."""
    old, new = versions
    actor = context.actor
    line = AuditTrail(
        bron=ComponentTypes.kc,
        actie=action.value,
        actie_weergave=str(action.label),
        resultaat=RESULT[action],
        hoofd_object=new["url"],
        resource="klant",
        resource_url=new["url"],
        resource_weergave=klant.unique_representation(),
        applicatie_id=actor.applicatie_id,
        applicatie_weergave=actor.applicatie_weergave,
        gebruikers_id=actor.gebruikers_id,
        gebruikers_weergave=actor.gebruikers_weergave,
        toelichting=actor.toelichting,
        logrecord_id=actor.logrecord_id,
        oud=old,
        nieuw=new,
    )
    _make_it_fit(line)
    return line


def audit_lines(klant: Klant | UUID) -> QuerySet[AuditTrail]:
    """Return the lines of this klant, oldest first, whatever host they refer to.

    The condition matches the index ``klanten_audittrail_klant``.
    """
    uuid = klant.uuid if isinstance(klant, Klant) else klant
    lines = AuditTrail.objects.alias(klant=Right("hoofd_object", UUID_LENGTH))
    of_klant: QuerySet[AuditTrail] = lines.filter(
        klant=str(uuid), bron=ComponentTypes.kc
    )
    return of_klant.order_by("pk")


def last_changes(uuids: Iterable[UUID]) -> dict[str, datetime]:
    """Return the time of the last change of these klanten by UUID, in one query."""
    lines = AuditTrail.objects.annotate(klant=Right("hoofd_object", UUID_LENGTH))
    found = lines.filter(klant__in=list(map(str, uuids)), bron=ComponentTypes.kc)
    newest = found.order_by().values_list("klant").annotate(Max("aanmaakdatum"))
    return dict(newest)


@dataclass(frozen=True)
class RemovedTrail:
    """The number of deleted audit lines, and the times of the first and last.

    The times are ``None`` if there were no lines.
    """

    count: int
    first: datetime | None
    last: datetime | None


def delete_audit_lines(klant: Klant) -> RemovedTrail:
    """Delete the lines of :func:`audit_lines` with one statement."""
    with connection.cursor() as cursor:
        cursor.execute(DELETE, [str(klant.uuid)])
        return RemovedTrail(*cursor.fetchone())


DELETE = f"""
    WITH removed AS (
        DELETE FROM {AuditTrail._meta.db_table}
        WHERE right(hoofd_object, {UUID_LENGTH}) = %s AND bron = 'kc'
        RETURNING aanmaakdatum
    )
    SELECT count(*), min(aanmaakdatum), max(aanmaakdatum) FROM removed
"""  # noqa: S608 - of constants


def _make_it_fit(line: AuditTrail) -> None:
    """Truncate values from the consumer to the size of their columns, with a mark.

    A change isn't refused because of a long name in the token. URLs always fit:
    requests under a longer address are refused.
    """
    for field in AuditTrail._meta.concrete_fields:
        value = getattr(line, field.attname)
        if isinstance(value, str):
            setattr(line, field.attname, storable(value, field.max_length))


def storable(text: str, max_length: int | None) -> str:
    """Return ``text`` in a form that PostgreSQL can store, truncated."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    text = text.encode(errors="replace").decode()
    if max_length is None or len(text) <= max_length:
        return text
    return text[: max_length - len(MARK)] + MARK
