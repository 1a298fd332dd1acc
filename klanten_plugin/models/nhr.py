"""Sources, state and costs of taking over contact data from the trade register."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..constants import NhrOutcome, NhrSoort, NhrTurn
from .klanten import Klant

REASON_LENGTH = 500


@dataclass(frozen=True)
class NhrNummer:
    """The number by which the register identifies one or more klanten.

    ``kvk_nummer`` is the corresponding KVK-nummer if it is known, because some sources
    require both. It is ignored in comparisons.
    """

    soort: NhrSoort
    nummer: str
    kvk_nummer: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """Return the number as the ``object_key`` of a row of the outbox."""
        return f"{self.soort.value}:{self.nummer}"

    @classmethod
    def from_key(cls, key: str) -> NhrNummer:
        """Parse the ``object_key`` of a row of the outbox."""
        soort, _colon, nummer = key.partition(":")
        return cls(NhrSoort(soort), nummer)


class NhrConfig(models.Model):
    """The part of the configuration for the NHR."""

    nhr_mutatieservice = models.ForeignKey(
        "zgw_consumers.Service",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("KVK Mutatieservice"),
        help_text=_("De service met de signalen van KVK; leeg: er wordt niet gekeken."),
    )
    nhr_abonnement = models.CharField(
        _("abonnement"),
        max_length=100,
        blank=True,
        help_text=_("De id van het abonnement; leeg: het enige dat actief is."),
    )
    nhr_vertegenwoordiger = models.BooleanField(
        _("vertegenwoordiger overnemen"),
        default=False,
        help_text=_(
            "Neem naam en functie over van de eigenaar van een eenmanszaak, of van de "
            "enige functionaris die alleen mag handelen. Alleen KVK Dataservice heeft "
            "ze; bij een vestiging kost het een tweede aanvraag."
        ),
    )

    class Meta:
        abstract = True


class NhrBronQuerySet(models.QuerySet["NhrBron"]):
    """Queries for sources."""

    def active(self) -> NhrBronQuerySet:
        """Return the active sources with their services."""
        return self.filter(active=True).select_related("service")


class NhrBron(models.Model):
    """A source of contact data. The first source that provides a field is used."""

    class Soort(models.TextChoices):
        KVK = "kvk", _("KVK: Vestigingsprofiel, Basisprofiel en Zoeken")
        DATASERVICE = "dataservice", _("KVK Dataservice")
        HAAL_CENTRAAL = "haal_centraal", _("Haal Centraal HR-bevragen")
        EIGEN = "eigen", _("Eigen klasse")

    config = models.ForeignKey(
        "klanten_plugin.KlantenConfig", on_delete=models.CASCADE, related_name="bronnen"
    )
    position = models.PositiveSmallIntegerField(
        _("volgorde"),
        db_column="volgorde",
        default=0,
        help_text=_("De laagste wordt het meest vertrouwd."),
    )
    soort = models.CharField(_("soort"), max_length=20, choices=Soort.choices)
    service = models.ForeignKey(
        "zgw_consumers.Service",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service"),
    )
    class_path = models.CharField(
        _("klasse"),
        db_column="klasse",
        max_length=200,
        blank=True,
        help_text=_(
            "Alleen bij een eigen klasse: het pad, zoals pakket.module.Klasse."
        ),
    )
    active = models.BooleanField(_("actief"), db_column="actief", default=True)
    stopped_at = models.DateTimeField(
        _("gestopt op"), null=True, blank=True, editable=False
    )
    paused_until = models.DateTimeField(
        _("wacht tot"), null=True, blank=True, editable=False
    )
    failures = models.PositiveIntegerField(
        _("mislukt achtereen"), default=0, editable=False
    )
    failing_since = models.DateTimeField(
        _("mislukt sinds"), null=True, blank=True, editable=False
    )
    last_error = models.CharField(
        _("laatste fout"), max_length=REASON_LENGTH, blank=True, editable=False
    )

    objects = NhrBronQuerySet.as_manager()

    class Meta:
        verbose_name = _("bron van contactgegevens")
        verbose_name_plural = _("bronnen van contactgegevens")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(soort="eigen") | models.Q(service__isnull=False),
                name="klanten_plugin_nhrbron_service",
                violation_error_message=_("Kies een service."),
            ),
            models.CheckConstraint(
                condition=~models.Q(soort="eigen") | ~models.Q(class_path=""),
                name="klanten_plugin_nhrbron_klasse",
                violation_error_message=_("Geef het pad van de klasse."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_soort_display()} {self.class_path}".strip()


class NhrStateQuerySet(models.QuerySet["NhrState"]):
    """Queries for states."""

    def due(self, now: datetime) -> NhrStateQuerySet:
        """Return the states that are due, through the index of each turn."""
        return self.filter(turn__in=NhrTurn.values, due_at__lte=now)

    def of(self, number: NhrNummer) -> NhrStateQuerySet:
        """Return the states of all klanten with this number."""
        return self.filter(soort=number.soort, nummer=number.nummer)


class NhrState(models.Model):
    """The number, provenance and due date of a klant that the register can identify.

    Changed while the klant is locked, except for ``due_at``.
    """

    klant = models.OneToOneField(
        Klant, on_delete=models.CASCADE, related_name="nhr_state"
    )
    soort = models.CharField(_("soort nummer"), max_length=16, choices=NhrSoort.choices)
    nummer = models.CharField(_("nummer"), max_length=12)
    kvk_nummer = models.CharField(_("KVK-nummer"), max_length=8, blank=True)
    provenance = models.JSONField(
        _("herkomst"),
        db_column="herkomst",
        default=dict,
        blank=True,
        help_text=_(
            "Per veld wat het NHR het laatst gaf, welke bron en wanneer, en of een "
            "ander het daarna overschreef."
        ),
    )
    remarks = models.JSONField(
        _("niet overgenomen"),
        db_column="opmerkingen",
        default=list,
        blank=True,
        help_text=_("Wat niet overgenomen kon worden, en waarom."),
    )
    outcome = models.CharField(
        _("uitkomst"),
        db_column="uitkomst",
        max_length=16,
        choices=NhrOutcome.choices,
        default=NhrOutcome.NIEUW,
    )
    gone = models.BooleanField(
        _("niet meer in het NHR"),
        default=False,
        help_text=_("Of de klant een waarde heeft of had die het NHR niet meer geeft."),
    )
    answers = models.JSONField(
        _("antwoorden"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_(
            "Per bron wat die het laatst antwoordde, en wanneer het opnieuw mag."
        ),
    )
    signal_at = models.DateTimeField(
        _("laatste signaal van KVK"), null=True, blank=True, editable=False
    )
    turn = models.PositiveSmallIntegerField(
        _("aan de beurt omdat"), choices=NhrTurn.choices, default=NhrTurn.NEW
    )
    due_at = models.DateTimeField(
        _("volgende keer"),
        null=True,
        blank=True,
        default=timezone.now,
        help_text=_("Leeg: het nummer is niet (meer) een dat het register kent."),
    )
    checked_at = models.DateTimeField(_("opgevraagd"), null=True, blank=True)
    changed_at = models.DateTimeField(_("gewijzigd"), null=True, blank=True)

    objects = NhrStateQuerySet.as_manager()

    class Meta:
        db_table = "klanten_plugin_nhrstand"
        verbose_name = _("NHR-gegevens van een klant")
        verbose_name_plural = _("NHR-gegevens van klanten")
        indexes = [
            # for selecting due klanten per reason, and for counting them
            models.Index(
                fields=["turn", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="klanten_nhr_due",
            ),
            models.Index(fields=["nummer", "soort"], name="klanten_nhr_nummer"),
            # for the filter in the admin, in the order of its list
            models.Index(fields=["outcome", "klant"], name="klanten_nhr_uitkomst"),
            models.Index(
                fields=["gone", "klant"],
                condition=models.Q(gone=True),
                name="klanten_nhr_gone",
            ),
            models.Index(
                fields=["kvk_nummer"],
                condition=~models.Q(kvk_nummer=""),
                name="klanten_nhr_kvk_nummer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_soort_display()} {self.nummer}"

    def note(self, provenance: dict[str, Any]) -> None:
        """Set the provenance and the fields that derive from it."""
        self.provenance = provenance
        self.gone = any("tot" in entry for entry in provenance.values())

    def is_of(self, number: NhrNummer) -> bool:
        """Whether this is the number of the klant as last saved."""
        return (self.soort, self.nummer) == (number.soort, number.nummer)


class NhrVerbruik(models.Model):
    """The number of requests in a month. Each is counted before it is sent."""

    maand = models.DateField(
        _("maand"), unique=True, help_text=_("De eerste dag ervan, in Nederland.")
    )
    aanvragen = models.PositiveIntegerField(_("aanvragen"), default=0)
    betaald = models.PositiveIntegerField(
        _("waarvan betaald"),
        default=0,
        help_text=_("Zoeken en de Mutatieservice kosten niets per aanvraag."),
    )
    ververst = models.PositiveIntegerField(
        _("waarvan verversing"),
        default=0,
        help_text=_("Betaald voor wat al bekend was, of in het groot werd ingelezen."),
    )
    dag = models.DateField(_("laatste dag"), null=True, editable=False)
    dag_betaald = models.PositiveIntegerField(default=0, editable=False)
    dag_ververst = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("verbruik bij KVK")
        verbose_name_plural = _("verbruik bij KVK")
        ordering = ["-maand"]

    def __str__(self) -> str:
        return capfirst(date_format(self.maand, "YEAR_MONTH_FORMAT"))

    @property
    def vrij(self) -> int:
        """The number of free requests."""
        return self.aanvragen - self.betaald

    def begin_day(self, today: date) -> None:
        """Reset the daily counters if they are of another day."""
        if self.dag != today:
            self.dag, self.dag_betaald, self.dag_ververst = today, 0, 0


class NhrSignalen(models.Model):
    """The position up to which the signals of a subscription were read."""

    abonnement = models.CharField(_("abonnement"), max_length=100, unique=True)
    gelezen_tot = models.DateTimeField(_("gelezen tot"))

    class Meta:
        verbose_name = _("gelezen signalen van KVK")
        verbose_name_plural = _("gelezen signalen van KVK")

    def __str__(self) -> str:
        return self.abonnement
