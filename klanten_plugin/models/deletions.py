"""The register of deletions, and lists of klanten to be deleted."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..constants import (
    DeletionGround,
    DeletionItemState,
    DeletionListState,
    KlantType,
    RollenBeleid,
)

WHO_LENGTH = 255
REFERENCE_LENGTH = 100

REFERENCE_HELP = _(
    "Bijvoorbeeld een zaaknummer of de categorie van de selectielijst; geen "
    "persoonsgegevens, want dit blijft bewaard."
)


class DeletionList(models.Model):
    """Klanten to be deleted together, after confirmation by a second person.

    The names of the employees are copied, because they must outlive the accounts.
    ``made_by_id`` and ``confirmed_by_id`` are the primary keys of these accounts as
    text.
    """

    name = models.CharField(
        _("naam"), max_length=100, help_text=_("Geen persoonsgegevens.")
    )
    ground = models.CharField(_("grond"), max_length=16, choices=DeletionGround.choices)
    reference = models.CharField(
        _("kenmerk"), max_length=REFERENCE_LENGTH, blank=True, help_text=REFERENCE_HELP
    )
    state = models.CharField(
        _("stand"),
        max_length=16,
        choices=DeletionListState.choices,
        default=DeletionListState.DRAFT,
    )
    made_by = models.CharField(_("opgesteld door"), max_length=WHO_LENGTH)
    made_by_id = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(_("opgesteld"), db_default=Now())
    confirmed_by = models.CharField(
        _("bevestigd door"), max_length=WHO_LENGTH, blank=True
    )
    confirmed_by_id = models.CharField(max_length=64, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("bevestigd"), null=True, blank=True)
    not_before = models.DateTimeField(
        _("wordt uitgevoerd vanaf"),
        null=True,
        blank=True,
        help_text=_("Tot dan is de lijst nog af te blazen."),
    )
    called_off_by = models.CharField(
        _("afgeblazen door"), max_length=WHO_LENGTH, blank=True
    )
    called_off_at = models.DateTimeField(_("afgeblazen"), null=True, blank=True)
    finished_at = models.DateTimeField(_("klaar"), null=True, blank=True)

    class Meta:
        verbose_name = _("verwijderlijst")
        verbose_name_plural = _("verwijderlijsten")
        ordering = ["-pk"]
        default_permissions = ("add", "view")
        permissions = [("approve_deletion", "Mag een verwijderlijst bevestigen")]

    def __str__(self) -> str:
        return self.name


class DeletionItem(models.Model):
    """A klant on a list, identified by its UUID, and its state."""

    deletion_list = models.ForeignKey(
        DeletionList, on_delete=models.CASCADE, related_name="items"
    )
    klant_uuid = models.UUIDField(_("UUID van de klant"))
    state = models.CharField(
        _("stand"),
        max_length=16,
        choices=DeletionItemState.choices,
        default=DeletionItemState.WAITING,
    )
    settled_at = models.DateTimeField(_("afgehandeld"), null=True, blank=True)

    class Meta:
        verbose_name = _("klant op een verwijderlijst")
        verbose_name_plural = _("klanten op een verwijderlijst")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["deletion_list", "klant_uuid"],
                name="klanten_deletionitem_uniek",
            )
        ]

    def __str__(self) -> str:
        return str(self.klant_uuid)


class Deletion(models.Model):
    """A line of the register of deletions, without any contents of the klant.

    Written in the transaction that deletes the klant, and immutable. ``created_at`` and
    ``changed_at`` are the times of the first and last audit lines of the klant.
    ``removed`` has the number of deleted rows by model name.
    """

    klant_uuid = models.UUIDField(_("UUID van de klant"), db_index=True)
    subject_type = models.CharField(
        _("type subject"), max_length=23, choices=KlantType.choices, blank=True
    )
    created_at = models.DateTimeField(_("klant gemaakt"), null=True, blank=True)
    changed_at = models.DateTimeField(_("laatst gewijzigd"), null=True, blank=True)
    ground = models.CharField(_("grond"), max_length=16, choices=DeletionGround.choices)
    reference = models.CharField(_("kenmerk"), max_length=REFERENCE_LENGTH, blank=True)
    decided_by = models.CharField(
        _("besloten door"),
        max_length=WHO_LENGTH,
        blank=True,
        help_text=_("Een medewerker, of bij de API de id van de applicatie."),
    )
    approved_by = models.CharField(
        _("bevestigd door"), max_length=WHO_LENGTH, blank=True
    )
    deletion_list = models.ForeignKey(
        DeletionList,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deletions",
        verbose_name=_("verwijderlijst"),
    )
    rollen_beleid = models.CharField(
        _("rollen bij hun eigenaar"),
        max_length=8,
        choices=RollenBeleid.choices,
        blank=True,
        help_text=_("Leeg als er geen bron van rollen was."),
    )
    removed = models.JSONField(_("wat is verwijderd"), default=dict)
    deleted_at = models.DateTimeField(_("verwijderd"), db_default=Now())

    class Meta:
        verbose_name = _("verwijdering")
        verbose_name_plural = _("register van verwijderingen")
        ordering = ["-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.klant_uuid)
