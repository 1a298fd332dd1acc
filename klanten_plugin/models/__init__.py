"""The models. PostgreSQL is the source of truth."""

from .adressen import KlantAdres, SubVerblijfBuitenland, VerblijfsAdres
from .bitmaps import ChangedKlant, KlantBitmap, SharedValue
from .config import KlantenConfig, StatusPage
from .count import KlantCount
from .deletions import Deletion, DeletionItem, DeletionList
from .duplicates import PossibleDuplicate
from .klanten import Klant
from .nhr import NhrBron, NhrSignalen, NhrState, NhrVerbruik
from .outbox import OutboxRow
from .relaties import OtherRelatie, UnknownRoot
from .rollen import KlantRol, ReceivedNotification, RolBron
from .subjects import (
    SUBJECTS,
    NatuurlijkPersoon,
    NietNatuurlijkPersoon,
    Subject,
    Vestiging,
)

__all__ = [
    "SUBJECTS",
    "ChangedKlant",
    "Deletion",
    "DeletionItem",
    "DeletionList",
    "Klant",
    "KlantAdres",
    "KlantBitmap",
    "KlantCount",
    "KlantRol",
    "KlantenConfig",
    "NatuurlijkPersoon",
    "NhrBron",
    "NhrSignalen",
    "NhrState",
    "NhrVerbruik",
    "NietNatuurlijkPersoon",
    "OtherRelatie",
    "OutboxRow",
    "PossibleDuplicate",
    "ReceivedNotification",
    "RolBron",
    "SharedValue",
    "StatusPage",
    "SubVerblijfBuitenland",
    "Subject",
    "UnknownRoot",
    "VerblijfsAdres",
    "Vestiging",
]
