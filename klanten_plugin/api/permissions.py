"""May this token do this?"""

from __future__ import annotations

from typing import Any

from django.db import DataError, ProgrammingError
from django.utils.translation import gettext_lazy as _

import structlog
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.constants import ComponentTypes
from vng_api_common.permissions import BaseAuthRequired, get_required_scopes
from vng_api_common.scopes import Scope

logger = structlog.stdlib.get_logger(__name__)

UNUSABLE_CLAIMS = (ValueError, TypeError, ArithmeticError, DataError, ProgrammingError)
"""What the suite's token check raises on claims of the wrong type, or with NUL."""


def _is_granted(scope: Scope, applicaties: list[Applicatie]) -> bool:
    """Whether one of the applications has everything, or all of them have the scope.

    As the suite's own ``JWTAuth.has_auth`` with component ``kc``, less what that asks
    the database without need: the component of the host, and the applications twice.
    """
    if any(applicatie.heeft_alle_autorisaties for applicatie in applicaties):
        return True
    granted = (
        Autorisatie.objects.filter(
            applicatie__in=applicaties, component=ComponentTypes.kc
        )
        .order_by()
        .values_list("scopes", flat=True)
    )
    scopes = [label for labels in granted for label in labels]
    return bool(applicaties) and bool(scope.is_contained_in(scopes))


class KlantenScopesRequired(BaseAuthRequired):
    """Ask for the scope of the action, on component ``kc`` whatever the host's own is.

    The suite's own permission passes no component, and then refuses correct tokens in
    a host with several components.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the token holds the scope; an unknown method is DRF's to refuse."""
        if view.action is None:
            return True
        scope = get_required_scopes(request, view)
        if scope is None:  # OPTIONS
            return False
        jwt_auth = getattr(request, "jwt_auth", None)
        if jwt_auth is None:  # the suite's AuthMiddleware is missing: see the checks
            return False
        try:
            view.applicaties = list(jwt_auth.applicaties)
            return _is_granted(scope, view.applicaties)
        except UNUSABLE_CLAIMS as error:
            # the claims are the consumer's: neither they nor the error's text are logged
            logger.info("jwt_claims_unusable", error=type(error).__name__)
            message = _("De gegevens in het JWT zijn niet bruikbaar.")
            raise PermissionDenied(message, code="jwt-decode-error") from error

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        """No permission depends on the klant."""
        return True
