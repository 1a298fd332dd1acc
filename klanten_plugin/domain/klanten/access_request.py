"""Collect the data for the response to an inzageverzoek (AVG art. 15).

Finds the klanten of one person or organisation, and everything that is stored about
each. Read-only; the admin pages log that an overview was generated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from vng_api_common.authorizations.models import Applicatie
from vng_api_common.constants import ComponentTypes

from ...constants import SCOPES, OutboxKind
from ...models import (
    Klant,
    KlantRol,
    NatuurlijkPersoon,
    NietNatuurlijkPersoon,
    OutboxRow,
    Vestiging,
)
from ...models.groups import group_paths
from .lookups import klanten_with_email, klanten_with_phone
from .representation import subject_of

READ_SCOPE = SCOPES[0]

NUMBERS: dict[type[models.Model], tuple[str, ...]] = {
    NatuurlijkPersoon: ("inp_bsn", "inp_a_nummer", "anp_identificatie"),
    NietNatuurlijkPersoon: ("inn_nnp_id", "ann_identificatie"),
    Vestiging: ("vestigings_nummer",),
}
"""Identifying fields: klanten that share a value have the same subject."""


@dataclass(frozen=True)
class SubjectKlanten:
    """The klanten of the same subject, and candidates.

    A candidate only shares an e-mail address or telephone number, so it may be somebody
    else. An administrator must confirm it.
    """

    certain: list[Klant]
    candidates: list[Klant]


def klanten_of_subject(klant: Klant) -> SubjectKlanten:
    """Find all klanten of the subject of ``klant``, and the candidates, oldest first."""
    certain = {klant.pk: klant} | _by_number(subject_of(klant))
    candidates = _by_contact(certain.values())
    return SubjectKlanten(
        [certain[pk] for pk in sorted(certain)],
        [candidates[pk] for pk in sorted(candidates.keys() - certain.keys())],
    )


def _by_number(subject: Any) -> dict[int, Klant]:
    names = NUMBERS.get(type(subject), ())
    values = {name: getattr(subject, name) for name in names}
    conditions = [Q(**{name: value}) for name, value in values.items() if value]
    if not conditions:
        return {}
    # a query per index: one combined condition would read all rows
    first, *others = (
        type(subject)._default_manager.filter(condition).values_list("klant_id")
        for condition in conditions
    )
    keys = first.union(*others) if others else first
    return _loaded(pk for (pk,) in keys)


def _by_contact(klanten: Iterable[Klant]) -> dict[int, Klant]:
    found: set[int] = set()
    emails = {klant.emailadres for klant in klanten if klant.emailadres}
    for email in emails:
        found |= set(klanten_with_email(email).values_list("pk", flat=True))
    phones = {klant.telefoonnummer for klant in klanten if klant.telefoonnummer}
    for phone in phones:
        found |= set(klanten_with_phone(phone).values_list("pk", flat=True))
    return _loaded(found)


def _loaded(keys: Iterable[int]) -> dict[int, Klant]:
    rows = Klant.objects.select_related("nhr_state", *group_paths(Klant))
    return rows.in_bulk(list(keys))


def complete_rollen(klant: Klant) -> list[KlantRol]:
    """Return every role of a klant, including retired ones."""
    rollen = KlantRol.objects.filter(klant=klant).select_related("bron__service")
    return list(rollen.order_by("pk"))


def notifications_of(klant: Klant) -> list[OutboxRow]:
    """Return the notifications about a klant that are still stored, oldest first."""
    rows = OutboxRow.objects.filter(
        object_key=str(klant.uuid), kind=OutboxKind.NOTIFICATION
    )
    return sorted(rows, key=lambda row: row.pk)


def applications_that_may_read() -> list[str]:
    """Return the sorted labels of the applications with read access to all klanten."""
    reads = Q(
        autorisaties__component=ComponentTypes.kc,
        autorisaties__scopes__contains=[READ_SCOPE],
    )
    may = Applicatie.objects.filter(reads | Q(heeft_alle_autorisaties=True))
    return sorted(set(may.values_list("label", flat=True)))
