"""What differs between a Contactmomenten and a Verzoeken API?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """The names, values and rules of one API, as the reference implementation has them.

    ``relation_is_told``: whether notifications are sent for relations, too.
    ``unique`` are the fields of which no two relations have the same values.
    """

    name: str
    version: str
    parent: str
    parents: str
    relation: str
    relations: str
    choices: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    unique: tuple[str, ...]
    filters: tuple[str, ...]
    relation_is_told: bool


CONTACTMOMENTEN = Kind(
    name="contactmomenten",
    version="1.0.0",
    parent="contactmoment",
    parents="contactmomenten",
    relation="klantcontactmoment",
    relations="klantcontactmomenten",
    choices={"rol": ("belanghebbende", "gesprekspartner")},
    required=("contactmoment", "klant", "rol"),
    unique=("contactmoment", "klant", "rol"),
    filters=("contactmoment", "klant", "rol"),
    relation_is_told=False,
)

VERZOEKEN = Kind(
    name="verzoeken",
    version="1.0.0-beta",
    parent="verzoek",
    parents="verzoeken",
    relation="klantverzoek",
    relations="klantverzoeken",
    choices={
        "rol": ("belanghebbende", "initiator", "mede_initiator"),
        "indicatieMachtiging": ("gemachtigde", "machtiginggever"),
    },
    required=("klant", "verzoek"),
    unique=("klant", "verzoek"),
    filters=("verzoek", "klant"),
    relation_is_told=True,
)
