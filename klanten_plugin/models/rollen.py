"""The mirrored roles of klanten in contactmomenten and verzoeken.

The Contactmomenten and Verzoeken APIs own the relations, and are the source of truth.
:mod:`klanten_plugin.domain.rollen.mirror` updates the mirror.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zgw_consumers.models import Service

from ..constants import (
    ROLLEN,
    IndicatieMachtiging,
    Rol,
    RollenBeleid,
    RolSoort,
)
from .validators import valid_api_root

URL_LENGTH = 1000
ROL_LENGTH = 100
ERROR_LENGTH = 500


@dataclass(frozen=True)
class Relatie:
    """A klantcontactmoment or klantverzoek as returned by its service.

    ``betreft`` is the URL of the contactmoment or verzoek. ``rol`` can be a value
    outside the standard.
    """

    url: str
    klant: str
    betreft: str
    rol: str
    indicatie_machtiging: str = ""


COUNT_LABELS = {
    "gelezen": _("gelezen"),
    "van_ons": _("van ons"),
    "zonder_klant": _("zonder klant"),
    "gewijzigd": _("gewijzigd"),
    "nagevraagd": _("nagevraagd"),
    "vervallen": _("vervallen"),
    "overgeslagen": _("overgeslagen"),
    "rondes": _("rondes"),
    "verzoeken": _("verzoeken"),
    "seconden": _("seconden"),
}
"""Labels of the keys of ``RolBron.counts``, for administrators."""


class RolBron(models.Model):
    """A service that owns relations, and the state of mirroring them."""

    service = models.ForeignKey(
        Service,
        on_delete=models.CASCADE,
        related_name="klanten_rolbronnen",
        verbose_name=_("service"),
    )
    soort = models.CharField(_("soort"), max_length=16, choices=RolSoort.choices)
    active = models.BooleanField(
        _("gekozen"),
        db_column="chosen",
        default=True,
        help_text=_("Of de service nu gekozen is in de configuratie."),
    )
    aliases = ArrayField(
        models.CharField(max_length=500, validators=[valid_api_root]),
        verbose_name=_("andere API-roots van de service"),
        blank=True,
        default=list,
        help_text=_(
            "Adressen, tot en met het versienummer, die de service in haar eigen URLs "
            "schrijft en die niet haar API-root zijn, bijvoorbeeld met http of de naam "
            "van een andere host; gescheiden door komma's."
        ),
    )
    pass_started_at = models.DateTimeField(
        _("afstemming begonnen"), null=True, blank=True
    )
    pass_state = models.JSONField(
        _("stand van de afstemming"),
        null=True,
        blank=True,
        help_text=_("Waar een volgende worker verdergaat."),
    )
    looked_at = models.DateTimeField(
        _("laatst gekeken"),
        null=True,
        blank=True,
        help_text=_("Of er iets veranderd was: het aantal en het eind van de lijst."),
    )
    unexplained = models.IntegerField(
        _("niet te verklaren verschil"),
        default=0,
        editable=False,
        help_text=_("Zoveel relaties meer dan de laatste afstemming kon lezen."),
    )
    last_complete_at = models.DateTimeField(
        _("laatste volledige afstemming"), null=True, blank=True
    )
    counts = models.JSONField(_("aantallen"), default=dict, blank=True)
    pass_error = models.CharField(
        _("problemen bij het afstemmen"),
        db_column="trouble",
        max_length=ERROR_LENGTH,
        blank=True,
    )
    call_error = models.CharField(
        _("problemen met de service"),
        db_column="call_trouble",
        max_length=ERROR_LENGTH,
        blank=True,
    )
    failures = models.PositiveIntegerField(
        _("mislukte aanroepen op rij"), default=0, editable=False
    )
    paused_until = models.DateTimeField(_("met rust tot"), null=True, blank=True)

    class Meta:
        verbose_name = _("bron van rollen")
        verbose_name_plural = _("bronnen van rollen")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "soort"], name="klanten_rolbron_uniek"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service.label} ({self.get_soort_display()})"

    def counts_in_words(self) -> str:
        """Return the counts of the last complete pass, or "" before the first one."""
        return ", ".join(
            f"{COUNT_LABELS.get(name, name)}: {count}"
            for name, count in self.counts.items()
        )


class KlantRolQuerySet(models.QuerySet["KlantRol"]):
    """Queries for roles, also available as ``klant.rollen``."""

    def current(self) -> KlantRolQuerySet:
        """Return the roles that are neither retired nor of an inactive service."""
        return self.filter(retired_at=None, bron__active=True)

    def dangling(self) -> KlantRolQuerySet:
        """Return current roles whose klant doesn't exist (any more)."""
        return self.current().filter(klant=None)


class KlantRol(models.Model):
    """A role of a klant, as last returned by the service that owns the relation."""

    klant = models.ForeignKey(
        "klanten_plugin.Klant",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="rollen",
        verbose_name=_("klant"),
        help_text=_("Leeg als er geen klant (meer) is met deze URL."),
    )
    bron = models.ForeignKey(
        RolBron, on_delete=models.CASCADE, related_name="rollen", verbose_name=_("bron")
    )
    url = models.CharField(
        _("URL"),
        max_length=URL_LENGTH,
        help_text=_("Van het klantcontactmoment of klantverzoek."),
    )
    klant_url = models.CharField(_("URL van de klant"), max_length=URL_LENGTH)
    klant_uuid = models.UUIDField(null=True, editable=False, db_index=True)
    betreft = models.CharField(
        _("betreft"),
        max_length=URL_LENGTH,
        help_text=_("URL van het contactmoment of verzoek."),
    )
    rol = models.CharField(_("rol"), max_length=ROL_LENGTH, blank=True)
    indicatie_machtiging = models.CharField(
        _("indicatie machtiging"), max_length=ROL_LENGTH, blank=True
    )
    first_seen_at = models.DateTimeField(_("eerst gezien"))
    last_seen_at = models.DateTimeField(_("laatst gezien"))
    retired_at = models.DateTimeField(_("vervallen"), null=True, blank=True)

    objects = KlantRolQuerySet.as_manager()

    class Meta:
        verbose_name = _("rol van een klant")
        verbose_name_plural = _("rollen van klanten")
        ordering = ["pk"]
        constraints = [
            # unique=True would create a second index on these long texts, for LIKE
            models.UniqueConstraint(fields=["url"], name="klanten_rol_url")
        ]
        indexes = [
            # for iterating over the roles of a service. last_seen_at isn't indexed, so
            # that a pass without changes updates no index
            models.Index(
                fields=["bron", "id"],
                condition=models.Q(retired_at=None),
                name="klanten_rol_bron",
            ),
            # 1000 characters can exceed the maximum size of a B-tree entry
            HashIndex(fields=["betreft"], name="klanten_rol_betreft"),
        ]

    def __str__(self) -> str:
        return f"{self.rol_display} ({self.url})"

    @property
    def rol_display(self) -> str:
        """Return the label of the role, or an unknown value unchanged."""
        if self.rol in ROLLEN[RolSoort(self.bron.soort)]:
            return str(Rol(self.rol).label)
        return f"{self.rol} (onbekend)" if self.rol else "-"

    @property
    def betreft_display(self) -> str:
        """Return the kind of the contactmoment or verzoek and the start of its UUID."""
        is_verzoek = self.bron.soort == RolSoort.VERZOEKEN
        kind = _("Verzoek") if is_verzoek else _("Contactmoment")
        return f"{kind} {self.betreft.rstrip('/').rpartition('/')[2][:8]}"

    @property
    def indicatie_machtiging_display(self) -> str:
        """Return the label of the indicatie machtiging."""
        if self.indicatie_machtiging in IndicatieMachtiging.values:
            return str(IndicatieMachtiging(self.indicatie_machtiging).label)
        return self.indicatie_machtiging or "-"


class ReceivedNotification(models.Model):
    """The notifications that were received for one object, to refuse duplicates.

    There is one row per object, whatever the number of notifications. ``object_digest``
    is the SHA-256 of its URL, ``fingerprints`` are those of the latest notifications.
    """

    object_digest = models.CharField(
        max_length=64, primary_key=True, db_column="vingerafdruk"
    )
    fingerprints = ArrayField(models.CharField(max_length=64))
    received_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        db_table = "klanten_plugin_ontvangenmelding"
        verbose_name = _("ontvangen notificatie")
        verbose_name_plural = _("ontvangen notificaties")

    def __str__(self) -> str:
        return self.object_digest


class RollenConfig(models.Model):
    """The part of the configuration for roles."""

    contactmomenten_services = models.ManyToManyField(
        Service,
        blank=True,
        related_name="+",
        verbose_name=_("Contactmomenten API's"),
    )
    verzoeken_services = models.ManyToManyField(
        Service, blank=True, related_name="+", verbose_name=_("Verzoeken API's")
    )
    rollen_aliassen = ArrayField(
        models.CharField(max_length=500, validators=[valid_api_root]),
        blank=True,
        default=list,
        verbose_name=_("andere adressen van deze Klanten API"),
        help_text=_(
            "Adressen, tot en met het versienummer, waaronder anderen deze Klanten API "
            "kennen, zoals dat via NLX; gescheiden door komma's. Het eigen adres hoort "
            "er vanzelf bij."
        ),
    )
    rollen_beleid = models.CharField(
        _("rollen van een verwijderde klant"),
        max_length=8,
        choices=RollenBeleid.choices,
        default=RollenBeleid.KEEP,
    )
    abonnement_url = models.CharField(
        _("abonnement"), max_length=URL_LENGTH, blank=True, editable=False
    )
    abonnement_kanalen = ArrayField(
        models.CharField(max_length=50), default=list, editable=False
    )
    abonnement_client_id = models.CharField(max_length=100, default="", editable=False)
    abonnement_secret = models.CharField(max_length=255, default="", editable=False)
    abonnement_new_secret = models.CharField(max_length=255, default="", editable=False)

    class Meta:
        abstract = True

    def rollen_services(self) -> dict[RolSoort, list[Service]]:
        """Return the configured services with roles, by kind of API."""
        return {
            RolSoort.CONTACTMOMENTEN: list(
                self.contactmomenten_services.order_by("pk")
            ),
            RolSoort.VERZOEKEN: list(self.verzoeken_services.order_by("pk")),
        }
