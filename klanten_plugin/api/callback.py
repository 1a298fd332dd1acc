"""The callback to which a Notificaties API delivers notifications.

It isn't part of the Klanten API. It only records which objects to check: a worker reads
their actual state from the service.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

import jwt
import structlog
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from vng_api_common.exceptions import Conflict

from ..domain.rollen.inbox import Notification, take_notification, use_new_secret
from ..models import KlantenConfig
from ..models.rollen import URL_LENGTH
from .base import KlantenView
from .bodies import BodyTooLarge, length_of
from .parsers import KlantenJSONParser

logger = structlog.stdlib.get_logger(__name__)

TEST_KANAAL = "test"
"""The kanaal with which a Notificaties API tests the callback during subscription."""

ALGORITHM = "HS256"
PREFIX = "Bearer "
MAX_BODY_BYTES = 64 * 1024
MAX_TEXT = 100


class IsSubscription(BasePermission):
    """Require the token that our subscription gave to the Notificaties API.

    It is sent with every notification as long as the subscription exists, so its age
    isn't checked. Authorisations of consumers don't apply.
    """

    message = _("Het token is niet dat van het abonnement.")

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the token was signed with a secret of the subscription.

        There are two secrets until a renewal is known to have arrived.
        """
        config = KlantenConfig.get_solo()
        header = request.headers.get("Authorization", "")
        if not header.startswith(PREFIX):
            return False
        encoded, client_id = header.removeprefix(PREFIX), config.abonnement_client_id
        if _is_signed(encoded, config.abonnement_secret, client_id):
            return True
        if _is_signed(encoded, config.abonnement_new_secret, client_id):
            use_new_secret(config.abonnement_new_secret)
            return True
        logger.info("callback_refused")
        return False


def _is_signed(encoded: str, secret: str, client_id: str) -> bool:
    if not secret:
        return False
    try:
        claims = jwt.decode(
            encoded,
            secret,
            algorithms=[ALGORITHM],
            options={"verify_iat": False, "verify_nbf": False},
        )
    except jwt.PyJWTError:
        return False
    return bool(claims.get("client_id") == client_id)


class CallbackParser(KlantenJSONParser):
    """A JSON parser with a lower limit on the size."""

    max_bytes = MAX_BODY_BYTES


class CallbackView(KlantenView):
    """Receive notifications of the subscribed kanalen."""

    versioning_class = None
    permission_classes = (IsSubscription,)
    parser_classes = (CallbackParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is too large before reading it."""
        super().initial(request, *args, **kwargs)
        if length_of(request._request) > MAX_BODY_BYTES:
            raise BodyTooLarge

    def post(self, request: Request) -> Response:
        """Return 204 once the notification is recorded, or 409 for a duplicate."""
        data = request.data if isinstance(request.data, dict) else {}
        kanaal = _text(data, "kanaal")
        if kanaal != TEST_KANAAL:
            if kanaal not in KlantenConfig.get_solo().abonnement_kanalen:
                message = _("Op dit kanaal is geen abonnement.")
                raise ValidationError({"kanaal": message}, code="unknown-kanaal")
            self._take(_notification(data))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _take(self, notification: Notification) -> None:
        if not notification.is_timely:
            message = _("De notificatie is te oud, of uit de toekomst.")
            raise ValidationError({"aanmaakdatum": message}, code="not-timely")
        if not take_notification(notification):
            message = _("Deze notificatie is al ontvangen.")
            conflict: Exception = Conflict(message, code="already-received")
            raise conflict


def _notification(data: dict[str, Any]) -> Notification:
    return Notification(
        kanaal=_text(data, "kanaal"),
        resource=_text(data, "resource"),
        resource_url=_text(data, "resource_url", URL_LENGTH),
        actie=_text(data, "actie"),
        aanmaakdatum=_moment(data, "aanmaakdatum"),
    )


def _text(data: dict[str, Any], name: str, max_length: int = MAX_TEXT) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.isprintable():
        raise ValidationError({name: _("Geef een tekst op.")}, code="required")
    if not 0 < len(value) <= max_length:
        message = _("De lengte is niet goed.")
        raise ValidationError({name: message}, code="invalid-length")
    return value


def _moment(data: dict[str, Any], name: str) -> datetime:
    try:
        moment = parse_datetime(_text(data, name))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = _("Geef een datum en tijd met tijdzone op.")
        raise ValidationError({name: message}, code="invalid")
    return moment
