"""Whose contact data may a signal of KVK have changed?

What isn't known to be irrelevant counts as relevant: a request too many costs two
cents, a signal that is missed leaves a wrong address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .mutatieservice import Signal
from .profiles import mapping, text

NEW = "SignaalNieuweInschrijving"
"""A registration that a klant may wait for, whose number was unknown until now."""

IRRELEVANT = {
    "SignaalRechtsvormwijziging_2025_01",
    "SignaalFusieSplitsing_2025_01",
    "SignaalActiviteitenWijziging_2025_01",
}
"""No name, address or end of what is registered already."""

ELSEWHERE = {"SignaalVoortzettingEnOverdracht_2025_01"}
"""May name vestigingen that we know under another KVK-nummer."""

VESTIGING_BLOCKS = ("algemeen", "naamgeving", "adresgegevens")


@dataclass(frozen=True)
class Affected:
    """Who must be asked for: vestigingen, and whether the legal person, too.

    ``everything`` stands for all that is known under the KVK-nummer.
    """

    vestigingen: frozenset[str] = frozenset()
    rechtspersoon: bool = False
    rsin: str = ""
    everything: bool = False


def affected(signal: Signal, detail: Mapping[str, Any] | None) -> Affected:
    """Who a signal is about."""
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
"""What to read in each kind of signal: the vestigingen, and if the owner is affected."""
