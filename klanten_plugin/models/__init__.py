"""The tables: PostgreSQL is the only truth."""

from .adressen import KlantAdres, SubVerblijfBuitenland, VerblijfsAdres
from .klanten import Klant
from .outbox import OutboxTask
from .subjects import (
    SUBJECTS,
    NatuurlijkPersoon,
    NietNatuurlijkPersoon,
    Subject,
    Vestiging,
)

__all__ = [
    "SUBJECTS",
    "Klant",
    "KlantAdres",
    "NatuurlijkPersoon",
    "NietNatuurlijkPersoon",
    "OutboxTask",
    "SubVerblijfBuitenland",
    "Subject",
    "VerblijfsAdres",
    "Vestiging",
]
