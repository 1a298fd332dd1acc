"""The tables: PostgreSQL is the only truth."""

from .adressen import KlantAdres, SubVerblijfBuitenland, VerblijfsAdres
from .config import KlantenConfig
from .klanten import Klant
from .nhr import NhrBron, NhrSignalen, NhrStand, NhrVerbruik
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
    "KlantenConfig",
    "NatuurlijkPersoon",
    "NhrBron",
    "NhrSignalen",
    "NhrStand",
    "NhrVerbruik",
    "NietNatuurlijkPersoon",
    "OutboxTask",
    "SubVerblijfBuitenland",
    "Subject",
    "VerblijfsAdres",
    "Vestiging",
]
