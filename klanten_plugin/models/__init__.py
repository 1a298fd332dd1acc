"""The tables: PostgreSQL is the only truth."""

from .adressen import KlantAdres, SubVerblijfBuitenland, VerblijfsAdres
from .config import KlantenConfig, Stand
from .klanten import Klant
from .nhr import NhrBron, NhrSignalen, NhrStand, NhrVerbruik
from .outbox import OutboxTask
from .rollen import KlantRol, OntvangenMelding, RolBron
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
    "KlantRol",
    "KlantenConfig",
    "NatuurlijkPersoon",
    "NhrBron",
    "NhrSignalen",
    "NhrStand",
    "NhrVerbruik",
    "NietNatuurlijkPersoon",
    "OntvangenMelding",
    "OutboxTask",
    "RolBron",
    "Stand",
    "SubVerblijfBuitenland",
    "Subject",
    "VerblijfsAdres",
    "Vestiging",
]
