"""Serializers for the input of requests."""

from .groups import GroupSerializer, serializer_for
from .klanten import HostKlantSerializer, KlantSerializer

__all__ = [
    "GroupSerializer",
    "HostKlantSerializer",
    "KlantSerializer",
    "serializer_for",
]
