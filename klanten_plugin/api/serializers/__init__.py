"""What a request may hold, and what the OpenAPI document says of it."""

from .audittrail import AuditTrailSerializer
from .groups import GroupSerializer, serializer_for
from .klanten import KlantSerializer

__all__ = [
    "AuditTrailSerializer",
    "GroupSerializer",
    "KlantSerializer",
    "serializer_for",
]
