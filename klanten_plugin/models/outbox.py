"""The transactional outbox: work that follows a commit."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..constants import OPEN_STATES, OutboxKind, OutboxState

ERROR_LENGTH = 500


class OutboxRow(models.Model):
    """A unit of work, written in the transaction of the change that requires it.

    Messages to workers are only hints; this row is the source of truth. A worker claims
    it with a lease, calls the remote outside any transaction, and settles it.

    All timestamps come from the database, so that workers and web servers with
    different clocks agree on due rows and expired leases.

    ``behind`` is an optimisation: claims skip rows that can't be claimed yet. The order
    of the rows of an object is determined at claim time.
    """

    kind = models.CharField(_("soort"), max_length=32, choices=OutboxKind.choices)
    object_key = models.CharField(
        _("object"),
        max_length=255,
        help_text=_("Wat het betreft: bij een klant zijn UUID."),
    )
    object_url = models.CharField(_("URL"), max_length=1000, blank=True)
    payload = models.JSONField(
        _("gegevens"),
        null=True,
        blank=True,
        help_text=_("Alleen wat later niet meer af te leiden is."),
    )
    ordered = models.BooleanField(
        _("op volgorde"),
        default=False,
        help_text=_("Of de taken van een object een voor een en op volgorde gaan."),
    )
    state = models.CharField(
        _("stand"),
        max_length=16,
        choices=OutboxState.choices,
        default=OutboxState.WAITING,
    )
    behind = models.BooleanField(
        _("achter een andere"),
        default=False,
        db_default=False,
        help_text=_("Of eerst een andere taak van hetzelfde object klaar moet zijn."),
    )
    attempts = models.PositiveIntegerField(_("pogingen"), default=0)
    abandoned = models.PositiveIntegerField(
        _("keer verlaten"),
        default=0,
        db_default=0,
        help_text=_("Hoe vaak achtereen een worker stopte voordat de taak klaar was."),
    )
    due_at = models.DateTimeField(
        _("aan de beurt sinds"),
        db_default=Now(),
        help_text=_("Hiervan af telt hoe oud de taak is."),
    )
    next_attempt_at = models.DateTimeField(
        _("volgende poging"), db_default=Now(), help_text=_("Niet voor dit moment.")
    )
    lease_until = models.DateTimeField(
        _("bezet tot"),
        null=True,
        blank=True,
        help_text=_("Daarna is de worker die eraan begon kennelijk gestopt."),
    )
    last_error = models.CharField(
        _("laatste fout"), max_length=ERROR_LENGTH, blank=True
    )
    created_at = models.DateTimeField(_("aangemaakt"), db_default=Now())
    settled_at = models.DateTimeField(_("afgehandeld"), null=True, blank=True)

    class Meta:
        db_table = "klanten_plugin_outboxtask"
        verbose_name = _("taak in de outbox")
        verbose_name_plural = _("taken in de outbox")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_key"],
                condition=models.Q(ordered=False, state=OutboxState.WAITING),
                name="klanten_outbox_een_waiting",
            ),
            models.UniqueConstraint(
                fields=["kind", "object_key"],
                condition=models.Q(state=OutboxState.RUNNING),
                name="klanten_outbox_een_running",
            ),
            # without a lease, a running row would never be claimed again
            models.CheckConstraint(
                condition=models.Q(state=OutboxState.RUNNING, lease_until__isnull=False)
                | (
                    ~models.Q(state=OutboxState.RUNNING)
                    & models.Q(lease_until__isnull=True)
                ),
                name="klanten_outbox_bezet",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "next_attempt_at", "id"],
                condition=models.Q(state=OutboxState.WAITING, behind=False),
                name="klanten_outbox_due",
            ),
            models.Index(
                fields=["kind", "object_key", "id"],
                condition=models.Q(state=OutboxState.WAITING, behind=True),
                name="klanten_outbox_behind",
            ),
            models.Index(
                fields=["kind", "lease_until"],
                condition=models.Q(state=OutboxState.RUNNING),
                name="klanten_outbox_running",
            ),
            models.Index(
                fields=["kind", "object_key", "id"],
                condition=models.Q(state__in=OPEN_STATES),
                name="klanten_outbox_order",
            ),
            models.Index(fields=["state", "settled_at"], name="klanten_outbox_settled"),
            # for the history of one klant: rows are kept for weeks
            models.Index(fields=["object_key"], name="klanten_outbox_object"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_key}"
