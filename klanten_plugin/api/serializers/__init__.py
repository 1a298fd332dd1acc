"""What a request may hold, and what the OpenAPI document says of it."""

from .audittrail import AuditTrailSerializer
from .groups import GroupSerializer, serializer_for
from .klanten import KlantSerializer, klant_serializer

__all__ = [
    "AuditTrailSerializer",
    "GroupSerializer",
    "KlantSerializer",
    "klant_serializer",
    "serializer_for",
]
