"""Authorisation by the scopes of a token."""

from __future__ import annotations

import time
from typing import Any

from django.db import DataError, ProgrammingError
from django.utils.translation import gettext_lazy as _

import jwt
import structlog
from rest_framework.exceptions import PermissionDenied
from vng_api_common.authorizations.models import Autorisatie
from vng_api_common.constants import ComponentTypes
from vng_api_common.permissions import BaseAuthRequired, get_required_scopes
from vng_api_common.scopes import Scope

from ..conf import host_settings
from .tokens import Application, accept_token

logger = structlog.stdlib.get_logger(__name__)

UNUSABLE_TOKEN = (
    jwt.PyJWTError,
    ValueError,
    TypeError,
    ArithmeticError,
    DataError,
    ProgrammingError,
)
"""Exceptions of the suite's token check for unsupported headers (an
``InvalidTokenError`` other than ``DecodeError``), and for claims of the wrong type or
with NUL."""


def _is_granted(scope: Scope, applications: list[Application]) -> bool:
    """Whether the applications of the token grant this scope.

    They do if at least one has all authorisations, or if their combined scopes on
    component ``kc`` contain it. Equivalent to the suite's ``JWTAuth.has_auth``.
    """
    if any(application.has_all for application in applications):
        return True
    scopes = [label for application in applications for label in application.scopes]
    return bool(applications) and bool(scope.is_contained_in(scopes))


def _applications(jwt_auth: Any) -> list[Application]:
    """Return the applications of the token by the suite's own check."""
    applicaties = list(jwt_auth.applicaties)
    scopes: dict[int, list[str]] = {}
    rows = Autorisatie.objects.filter(
        applicatie__in=applicaties, component=ComponentTypes.kc
    ).order_by()
    for applicatie_id, labels in rows.values_list("applicatie_id", "scopes"):
        scopes.setdefault(applicatie_id, []).extend(labels)
    return [
        Application(
            applicatie.uuid,
            applicatie.label,
            applicatie.heeft_alle_autorisaties,
            tuple(scopes.get(applicatie.pk, ())),
        )
        for applicatie in applicaties
    ]


def _refuse_from_the_future(claims: dict[str, Any]) -> None:
    """Refuse a token whose ``iat`` is in the future by more than the host's leeway.

    The suite only logs it, but such a token would be valid for longer than
    ``JWT_EXPIRY``. Raises ``PermissionDenied`` with the suite's code for ``nbf``.
    """
    if "iat" in claims and int(claims["iat"]) > time.time() + host_settings.TIME_LEEWAY:
        message = _("Het JWT is uitgegeven op een moment dat nog moet komen.")
        raise PermissionDenied(message, code="jwt-immaturesignatureerror")


class KlantenScopesRequired(BaseAuthRequired):
    """Require the scope of the action on component ``kc``, whatever the host's own is.

    The suite's own permission passes no component, and refuses valid tokens in a host
    with several components.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the token has the scope. Unsupported methods are left to DRF."""
        if view.action is None:
            return True
        scope = get_required_scopes(request, view)
        if scope is None:  # OPTIONS
            return False
        jwt_auth = getattr(request, "jwt_auth", None)
        if jwt_auth is None:  # the suite's AuthMiddleware is missing: see E003
            return False
        try:
            found = accept_token(jwt_auth)
            view.applications = _applications(jwt_auth) if found is None else found
            _refuse_from_the_future(jwt_auth.payload or {})
            return _is_granted(scope, view.applications)
        except UNUSABLE_TOKEN as error:
            # neither the consumer's token nor the text of the error is logged
            logger.info("jwt_unusable", error=type(error).__name__)
            message = _("De gegevens in het JWT zijn niet bruikbaar.")
            raise PermissionDenied(message, code="jwt-decode-error") from error
