"""Create, change and delete a klant with its related rows, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, router, transaction
from django.utils.translation import gettext_lazy as _

from vng_api_common.constants import CommonResourceAction

from ...constants import DeletionGround
from ...exceptions import RuleViolation
from ...models import Klant
from ...models.subjects import subject_accessor
from ..deadlocks import retry_deadlocks
from ..nhr.ownership import empty_value
from ..nhr.provenance import track_new, track_write
from ..notificaties import CREATE, DESTROY, UPDATE, notify
from ..rollen.mirror import link_rollen, release_rollen
from ..rows import insert_rows
from .audittrail import audit_line, delete_audit_lines
from .changes import ChangeContext, Origin, Writer, register_actor
from .deletions import DeletionDecision, facts_of
from .groups import insert_new, insert_with_groups, save_with_groups
from .klantnummers import free_klantnummers
from .locking import lock_klant
from .removal import remove_klant
from .representation import api_name, represent_klant, subject_of

Values = Mapping[str, Any]

UNIQUE = "klanten_plugin_klant_uniek"
SUBJECT_FIELDS = frozenset({"subject", "subject_identificatie"})


@retry_deadlocks
def create_klant(values: Values, context: ChangeContext | None = None) -> Klant:
    """Create a klant with its groups, its audit line and its notification.

    ``values`` maps field names to values. Groups are mappings; that of the subject is
    ``subject_identificatie``. Without ``klantnummer`` one is generated. Raises
    :class:`RuleViolation`, and :class:`NumbersExhausted` if no number is free.
    """
    context = context or ChangeContext()
    check_subject(None, values)
    if "klantnummer" in values:
        with _unique():
            return _insert(values, context)
    for klantnummer in free_klantnummers(values["bronorganisatie"]):
        try:
            return _insert({**values, "klantnummer": klantnummer}, context)
        except IntegrityError as error:
            # a concurrent request took the number: try the next one
            if not _is_duplicate(error):
                raise
    raise AssertionError("free_klantnummers ends with an exception")


@retry_deadlocks
def update_klant(
    klant: Klant, values: Values, context: ChangeContext | None = None
) -> Klant:
    """Change a klant. Fields that aren't in ``values`` are kept.

    Return the changed klant, re-read under a lock. Raises :class:`RuleViolation`, and
    ``Klant.DoesNotExist`` if it was deleted meanwhile.
    """
    with transaction.atomic():
        klant = lock_klant(klant)
        update_locked_klant(klant, values, context or ChangeContext())
    return klant


def update_locked_klant(klant: Klant, values: Values, context: ChangeContext) -> None:
    """Change a klant that :func:`lock_klant` returned, in the same transaction.

    Raises :class:`RuleViolation`, after which the transaction must be rolled back.
    """
    url = context.url_of(klant)
    check_subject(klant, values)
    if _renumbers(klant, values):
        _wait_for_other_renumberings()
    before = represent_klant(klant, url)
    with _unique():
        save_with_groups(klant, _with_subject_group(values, klant))
    versions = (before, represent_klant(klant, url))
    leaving = track_write(klant, versions, context)
    audit_line(klant, context, _update_action(context), versions).save()
    _tell(klant, context, UPDATE)
    if leaving:
        _let_go(klant, leaving, context)


def _let_go(klant: Klant, leaving: Mapping[str, str], context: ChangeContext) -> None:
    """Empty the values of the register for a number that the klant no longer has.

    This is recorded as a change by the register, not by the actor of ``context``.
    """
    sources = {api_name(name): source for name, source in leaving.items()}
    values = {name: empty_value(name) for name in leaving}
    own = replace(
        context,
        actor=register_actor({}, sources),
        origin=Origin(Writer.REGISTER, leaving),
        partial=True,
    )
    update_locked_klant(klant, values, own)


@retry_deadlocks
def delete_klant(
    klant: Klant | UUID,
    context: ChangeContext | None = None,
    decision: DeletionDecision | None = None,
) -> None:
    """Delete a klant with its groups and audit lines. ``klant`` can be a UUID.

    ``decision`` is recorded in the register of deletions; by default it is that of the
    application in ``context``, through the API. Raises ``Klant.DoesNotExist`` if the
    klant was deleted meanwhile.
    """
    context = context or ChangeContext()
    if decision is None:
        decision = DeletionDecision(DeletionGround.API, context.actor.applicatie_id)
    uuid = klant.uuid if isinstance(klant, Klant) else klant
    with transaction.atomic():
        klanten = Klant.objects.using(router.db_for_write(Klant))
        klant = klanten.select_for_update().get(uuid=uuid)
        trail = delete_audit_lines(klant)
        _tell(klant, context, DESTROY)
        beleid = release_rollen(klant)
        remove_klant(klant, facts_of(klant, decision, trail, beleid), trail.count)


@retry_deadlocks
def create_klanten(rows: Sequence[Values], context: ChangeContext) -> None:
    """Create many klanten like :func:`create_klant`, with about ten statements.

    Each must have a ``klantnummer``, and look-ups in the register are spread over time.
    All or none are created: raises :class:`RuleViolation` if one violates a rule.
    """
    for values in rows:
        check_subject(None, values)
    klanten = [Klant() for _values in rows]
    with _unique(), transaction.atomic():
        insert_with_groups(
            [
                (klant, _with_subject_group(values, klant))
                for klant, values in zip(klanten, rows, strict=True)
            ]
        )
        link_rollen(klanten)
        track_new(klanten)
        insert_rows(
            audit_line(
                klant,
                context,
                CommonResourceAction.create,
                (None, represent_klant(klant, context.url_of(klant))),
            )
            for klant in klanten
        )
        for klant in klanten:
            _tell(klant, context, CREATE)


def _tell(klant: Klant, context: ChangeContext, actie: str) -> None:
    if not context.silent:
        notify(klant, context.url_of(klant), actie)


def check_subject(klant: Klant | None, values: Values) -> None:
    """Raise :class:`RuleViolation` if the change violates a rule for the subject.

    ``klant`` is the klant to be changed, or ``None`` for a new one.
    """
    subject_type = values.get("subject_type", klant.subject_type if klant else "")
    check_subject_type(klant, subject_type)
    if "subject_identificatie" in values and not subject_type:
        message = _("Dit veld is vereist bij een subjectIdentificatie.")
        raise RuleViolation(message, code="required", field="subject_type")
    if klant is not None and SUBJECT_FIELDS.isdisjoint(values):
        return  # an existing violation must not block updates of other fields
    url = values.get("subject", klant.subject if klant else "")
    if not (
        url or values.get("subject_identificatie") or (klant and subject_of(klant))
    ):
        message = _("Geef subject of subjectIdentificatie mee.")
        raise RuleViolation(message, code="invalid-subject")


def check_subject_type(klant: Klant | None, subject_type: str) -> None:
    """Raise :class:`RuleViolation` if an existing subject type would change."""
    if klant is None or not klant.subject_type or subject_type == klant.subject_type:
        return
    message = _("Het type van het subject mag niet gewijzigd worden.")
    raise RuleViolation(message, code="wijzigen-niet-toegelaten", field="subject_type")


@transaction.atomic
def _insert(values: Values, context: ChangeContext) -> Klant:
    klant = Klant()
    insert_new(klant, _with_subject_group(values, klant))
    if "uuid" in values:
        link_rollen([klant])
    url = context.url_of(klant)
    versions = (None, represent_klant(klant, url))
    track_write(klant, versions, context)
    audit_line(klant, context, CommonResourceAction.create, versions).save()
    _tell(klant, context, CREATE)
    return klant


def _with_subject_group(values: Values, klant: Klant) -> dict[str, Any]:
    """Return ``values`` with the subject under the accessor of its kind."""
    result = dict(values)
    if "subject_identificatie" in result:
        subject_type = values.get("subject_type") or klant.subject_type
        group = result.pop("subject_identificatie")
        result[subject_accessor(subject_type)] = group
    return result


def _renumbers(klant: Klant, values: Values) -> bool:
    pair = ("bronorganisatie", "klantnummer")
    return any(
        values.get(name, getattr(klant, name)) != getattr(klant, name) for name in pair
    )


def _wait_for_other_renumberings() -> None:
    """Serialise renumberings: two klanten that swap numbers would deadlock."""
    with connection.cursor() as cursor:
        key = "hashtextextended('klanten_plugin.renumbering', 0)"
        cursor.execute(f"SELECT pg_advisory_xact_lock({key})")


def _update_action(context: ChangeContext) -> CommonResourceAction:
    if context.partial:
        return CommonResourceAction.partial_update
    return CommonResourceAction.update


@contextmanager
def _unique() -> Iterator[None]:
    """Convert a violation of the unique constraint to :class:`RuleViolation`."""
    try:
        yield
    except IntegrityError as error:
        if not _is_duplicate(error):
            raise
        message = _("De combinatie van bronorganisatie en klantnummer bestaat al.")
        raise RuleViolation(message, code="unique") from error


def _is_duplicate(error: IntegrityError) -> bool:
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) == UNIQUE
