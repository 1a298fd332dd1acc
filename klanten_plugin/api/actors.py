"""The actor of a request for the audit trail, from its token and headers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from vng_api_common.constants import HEADER_AUDIT, HEADER_LOGRECORD_ID

from ..domain.klanten.changes import Actor
from .tokens import Application

HEADER_APPLICATION = "X-NLX-Request-Application-Id"


def actor_of(request: Request, applications: Sequence[Application]) -> Actor:
    """Return the application and user of the token, with data from the headers.

    Values can be too long for the audit trail, which truncates them.
    """
    jwt_auth: Any = getattr(request, "jwt_auth")  # noqa: B009 - set by the suite
    payload = jwt_auth.payload or {}
    if applications:
        applicatie_id, label = str(applications[0].uuid), applications[0].label
    else:
        applicatie_id = label = request.headers.get(HEADER_APPLICATION, "")
    return Actor(
        applicatie_id=applicatie_id,
        applicatie_weergave=label,
        gebruikers_id=_text(payload.get("user_id")),
        gebruikers_weergave=_text(payload.get("user_representation")),
        toelichting=request.headers.get(HEADER_AUDIT, ""),
        logrecord_id=request.headers.get(HEADER_LOGRECORD_ID, ""),
    )


def _text(claim: Any) -> str:
    """Return a claim as text: consumers also send null and numbers."""
    if claim is None:
        return ""
    return claim if isinstance(claim, str) else json.dumps(claim)
