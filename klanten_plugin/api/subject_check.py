"""The one place where a request asks another system: does its ``subject`` exist?"""

from __future__ import annotations

from django.core.exceptions import DisallowedHost

from rest_framework import serializers
from rest_framework.request import Request

from ..clients.klanten.subject import fault_of_subject


class SubjectExists:
    """kla-002: a ``subject`` must eventually answer 200, else 400 ``bad-url``.

    Asked at every create, and when an update changes the value; what is unchanged was
    asked before, and mustn't keep other fields from being updated.
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
