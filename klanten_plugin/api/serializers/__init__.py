"""Serializers for the input of requests and for the OpenAPI document."""

from .audittrail import AuditTrailSerializer
from .groups import GroupSerializer, serializer_for
from .klanten import HostKlantSerializer, KlantSerializer

__all__ = [
    "AuditTrailSerializer",
    "GroupSerializer",
    "HostKlantSerializer",
    "KlantSerializer",
    "serializer_for",
]
