"""An audit line as the API shows it."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db.models import QuerySet

from vng_api_common.audittrails.models import AuditTrail

from ..domain.klanten.representation import api_name

COLUMNS = (
    "uuid",
    "bron",
    "applicatie_id",
    "applicatie_weergave",
    "gebruikers_id",
    "gebruikers_weergave",
    "actie",
    "actie_weergave",
    "resultaat",
    "hoofd_object",
    "resource",
    "resource_url",
    "toelichting",
    "resource_weergave",
    "aanmaakdatum",
)
NAMES = tuple(map(api_name, COLUMNS))


def represent_lines(lines: QuerySet[AuditTrail]) -> list[dict[str, Any]]:
    """Return the JSON representations of lines, without model instances.

    A klant before its creation or after its removal is an empty object, as in the
    official document; the reference implementation has ``null``.
    """
    rows = lines.values_list(*COLUMNS, "oud", "nieuw")
    return [_represent(*row) for row in rows]


def _represent(*row: Any) -> dict[str, Any]:
    *values, old, new = row
    line = dict(zip(NAMES, values, strict=True))
    moment = line["aanmaakdatum"].astimezone(UTC).isoformat()
    line["aanmaakdatum"] = moment.removesuffix("+00:00") + "Z"
    line["uuid"] = str(line["uuid"])
    line["wijzigingen"] = {"oud": old or {}, "nieuw": new or {}}
    return line
