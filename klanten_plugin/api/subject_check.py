"""Check whether a ``subject`` exists: the only remote call during a request."""

from __future__ import annotations

from django.core.exceptions import DisallowedHost

from rest_framework import serializers
from rest_framework.request import Request

from ..clients.klanten.subject import fault_of_subject


class SubjectExists:
    """Validator for kla-002: fetching a ``subject`` must eventually return 200.

    Otherwise it raises ``bad-url``. It runs for every create, and for updates that
    change the value. An unchanged value was checked before, and mustn't block updates
    of other fields.
    """

    requires_context = True
    code = "bad-url"

    def __call__(self, url: str, field: serializers.Field) -> None:
        klant = getattr(field.parent, "instance", None)
        if klant is not None and klant.subject == url:
            return
        if fault := fault_of_subject(url, _host_of(field.context.get("request"))):
            raise serializers.ValidationError(fault, code=self.code)


def _host_of(request: Request | None) -> str:
    try:
        return request.get_host() if request else ""
    except DisallowedHost:
        return ""
