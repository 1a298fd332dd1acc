"""What a request may hold, and what the OpenAPI document says of it."""

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
