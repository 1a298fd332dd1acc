"""An audit line as the document describes it."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.utils.translation import gettext_lazy as _

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from vng_api_common.audittrails.models import AuditTrail
from vng_api_common.constants import ComponentTypes

from klanten_plugin.api.audit_lines import COLUMNS

DOCUMENTED_COMPONENTS = [
    (value, label) for value, label in ComponentTypes.choices if value != "vrc"
]
"""The official document predates the Verzoeken API."""


@extend_schema_field(OpenApiTypes.OBJECT)
class VersionField(serializers.JSONField):
    """The klant at one moment; an empty object where there was none.

    The document has objects here, where the reference implementation sends ``null``.
    """

    def to_representation(self, value: Any) -> Any:
        return value

    def get_attribute(self, instance: AuditTrail) -> Any:
        return super().get_attribute(instance) or {}


class WijzigingenSerializer(serializers.Serializer):
    """The klant before and after the change."""

    oud = VersionField(required=False, help_text=_("De klant voor de wijziging."))
    nieuw = VersionField(required=False, help_text=_("De klant na de wijziging."))


class AuditTrailSerializer(serializers.ModelSerializer):
    """All fields of the official document, from the suite's own table."""

    wijzigingen = WijzigingenSerializer(source="*")
    bron = serializers.ChoiceField(
        choices=DOCUMENTED_COMPONENTS,
        help_text=AuditTrail._meta.get_field("bron").help_text,
    )
    aanmaakdatum = serializers.DateTimeField(
        read_only=True,
        default_timezone=UTC,  # independent of the host's time zone
        help_text=AuditTrail._meta.get_field("aanmaakdatum").help_text,
    )

    class Meta:
        model = AuditTrail
        fields = (*COLUMNS, "wijzigingen")
