"""Determine whose contact data a signal of KVK may have changed.

Unknown kinds of signals count as relevant: an unnecessary request costs two cents, but
a missed signal leaves a wrong address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .mutatieservice import Signal
from .profiles import mapping, text

NEW = "SignaalNieuweInschrijving"
"""A new registration, possibly of a klant whose number was unknown."""

IRRELEVANT = {
    "SignaalRechtsvormwijziging_2025_01",
    "SignaalFusieSplitsing_2025_01",
    "SignaalActiviteitenWijziging_2025_01",
}
"""Signals that concern no name, address or end of an existing registration."""

ELSEWHERE = {"SignaalVoortzettingEnOverdracht_2025_01"}
"""Signals that can name vestigingen that are known under another KVK-nummer."""

VESTIGING_BLOCKS = ("algemeen", "naamgeving", "adresgegevens")


@dataclass(frozen=True)
class Affected:
    """The numbers to look up: vestigingen, and optionally the legal person.

    ``everything`` means all known numbers under the KVK-nummer.
    """

    vestigingen: frozenset[str] = frozenset()
    rechtspersoon: bool = False
    rsin: str = ""
    everything: bool = False


def affected(signal: Signal, detail: Mapping[str, Any] | None) -> Affected:
    """Return the numbers that a signal concerns."""
    if signal.soort in IRRELEVANT:
        return Affected()
    if detail is None:
        named = frozenset({signal.vestigingsnummer} - {""})
        return Affected(vestigingen=named, everything=not named)
    read = READERS.get(text(detail.get("signaalType")) or signal.soort)
    if read is None:
        return Affected(everything=True)
    vestigingen, rechtspersoon = read(detail)
    rsin = text(_eigenaar(detail).get("rsin")) if rechtspersoon else ""
    return Affected(frozenset(vestigingen) - {""}, rechtspersoon, rsin)


def _eigenaar(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    activiteit = mapping(detail.get("heeftBetrekkingOp"))
    return mapping(mapping(activiteit.get("heeftAlsEigenaar")).get("rechtspersoon"))


Read = tuple[set[str], bool]


def _gewijzigde_vestiging(detail: Mapping[str, Any]) -> Read:
    vestiging = mapping(detail.get("heeftGewijzigdeVestiging"))
    blocks = mapping(vestiging.get("gewijzigdeGegevens"))
    if not any(blocks.get(name) for name in VESTIGING_BLOCKS):
        return set(), False
    # the legal person has the address of its main establishment
    is_main = vestiging.get("isHoofdvestiging") is not False
    return {text(vestiging.get("vestigingsnummer"))}, is_main


def _gewijzigde_inschrijving(detail: Mapping[str, Any]) -> Read:
    changed = mapping(detail.get("heeftGewijzigdeGegevens"))
    rows = _rows(mapping(changed.get("vestigingen")).get("gewijzigdevestigingen"))
    vestigingen = {
        text(row.get("vestigingsnummer"))
        for row in rows
        if any(row.get(name) for name in VESTIGING_BLOCKS)
    }
    owner = any(mapping(changed.get("eigenaar")).values())
    company = bool(mapping(changed.get("maOnderneming")).get("algemeen"))
    return vestigingen, owner or company or bool(vestigingen)


def _all_of_it(detail: Mapping[str, Any]) -> Read:
    activiteit = mapping(detail.get("heeftBetrekkingOp"))
    rows = _rows(activiteit.get("wordtUitgeoefendIn"))
    return {text(row.get("vestigingsnummer")) for row in rows}, True


def _voortzetting(detail: Mapping[str, Any]) -> Read:
    part = mapping(detail.get("voortzettingEnOverdracht"))
    return _betrokken(part), True


def _adreswijziging(detail: Mapping[str, Any]) -> Read:
    rows = _rows(detail.get("adreswijzigings"))
    return {text(row.get("vestigingsnummer")) for row in rows}, True


def _naamgeving(detail: Mapping[str, Any]) -> Read:
    return _betrokken(detail), True


def _betrokken(part: Mapping[str, Any]) -> set[str]:
    numbers = mapping(part.get("betrokkenVestigingen")).get("vestigingsnummers")
    return {text(n) for n in numbers} if isinstance(numbers, list) else set()


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    return (mapping(row) for row in (value if isinstance(value, list) else []))


READERS: dict[str, Callable[[Mapping[str, Any]], Read]] = {
    NEW: _all_of_it,
    "SignaalGewijzigdeVestiging": _gewijzigde_vestiging,
    "SignaalGewijzigdeInschrijving": _gewijzigde_inschrijving,
    "SignaalBeeindiging_2025_01": _all_of_it,
    "SignaalVoortzettingEnOverdracht_2025_01": _voortzetting,
    "SignaalAdreswijziging_2025_01": _adreswijziging,
    "SignaalNaamgeving_2025_01": _naamgeving,
}
"""Readers per kind of signal, for the vestigingen and whether the owner is affected."""
