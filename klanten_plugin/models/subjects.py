"""The three kinds of subject, and their registry."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..constants import GeslachtsAanduiding, KlantType, SoortRechtsvorm
from .groups import Group
from .klanten import Klant
from .validators import valid_a_nummer, valid_bsn, valid_nnp_id


class Subject(Group):
    """The identification of the subject of a klant that has no subject URL."""

    klant: models.OneToOneField[Klant, Klant]

    class Meta:
        abstract = True


class NatuurlijkPersoon(Subject):
    """``subjectIdentificatie`` of a klant with type ``natuurlijk_persoon``."""

    klant = models.OneToOneField(
        Klant, on_delete=models.CASCADE, related_name="subject_natuurlijk_persoon"
    )
    inp_bsn = models.CharField(
        _("BSN"),
        max_length=9,
        blank=True,
        validators=[valid_bsn],
        help_text=_("Het burgerservicenummer van de persoon."),
    )
    anp_identificatie = models.CharField(
        _("identificatie ander natuurlijk persoon"),
        max_length=17,
        blank=True,
        help_text=_(
            "Het door de gemeente uitgegeven nummer van een ander natuurlijk persoon."
        ),
    )
    inp_a_nummer = models.CharField(
        _("A-nummer"),
        max_length=10,
        blank=True,
        validators=[valid_a_nummer],
        help_text=_("Het administratienummer van de persoon in de BRP."),
    )
    geslachtsnaam = models.CharField(
        _("geslachtsnaam"),
        max_length=200,
        blank=True,
        help_text=_("De stam van de geslachtsnaam."),
    )
    voorvoegsel_geslachtsnaam = models.CharField(
        _("voorvoegsel geslachtsnaam"),
        max_length=80,
        blank=True,
    )
    voorletters = models.CharField(
        _("voorletters"),
        max_length=20,
        blank=True,
        help_text=_("De eerste letters van de voornamen, in hun volgorde."),
    )
    voornamen = models.CharField(
        _("voornamen"),
        max_length=200,
        blank=True,
        help_text=_("De voornamen die de persoon wil voeren."),
    )
    geslachtsaanduiding = models.CharField(
        _("geslachtsaanduiding"),
        max_length=1,
        blank=True,
        choices=GeslachtsAanduiding.choices,
        help_text=_("Of de persoon een man of een vrouw is, of dat het onbekend is."),
    )
    geboortedatum = models.CharField(
        _("geboortedatum"),
        max_length=18,
        blank=True,
    )

    class Meta:
        verbose_name = _("natuurlijk persoon")
        verbose_name_plural = _("natuurlijke personen")
        indexes = [
            models.Index(fields=["inp_bsn"], name="klanten_inp_bsn"),
            models.Index(
                fields=["anp_identificatie"], name="klanten_anp_identificatie"
            ),
            models.Index(fields=["inp_a_nummer"], name="klanten_inp_a_nummer"),
        ]


class NietNatuurlijkPersoon(Subject):
    """``subjectIdentificatie`` of a klant with type ``niet_natuurlijk_persoon``."""

    klant = models.OneToOneField(
        Klant, on_delete=models.CASCADE, related_name="subject_niet_natuurlijk_persoon"
    )
    inn_nnp_id = models.CharField(
        _("RSIN"),
        max_length=9,
        blank=True,
        validators=[valid_nnp_id],
        help_text=_(
            "Het door een kamer toegekende nummer van de ingeschreven niet-natuurlijk "
            "persoon."
        ),
    )
    ann_identificatie = models.CharField(
        _("identificatie ander niet-natuurlijk persoon"),
        max_length=17,
        blank=True,
        help_text=_(
            "Het door de gemeente uitgegeven nummer van een ander niet-natuurlijk "
            "persoon."
        ),
    )
    statutaire_naam = models.CharField(
        _("statutaire naam"),
        max_length=500,
        blank=True,
        help_text=_("De naam volgens de statuten of de vennootschapsovereenkomst."),
    )
    inn_rechtsvorm = models.CharField(
        _("rechtsvorm"),
        max_length=50,
        blank=True,
        choices=SoortRechtsvorm.choices,
        help_text=_("De juridische vorm van de niet-natuurlijk persoon."),
    )
    bezoekadres = models.CharField(
        _("bezoekadres"),
        max_length=1000,
        blank=True,
        help_text=_("Het adres van de niet-natuurlijk persoon."),
    )

    class Meta:
        verbose_name = _("niet-natuurlijk persoon")
        verbose_name_plural = _("niet-natuurlijke personen")
        indexes = [
            models.Index(fields=["inn_nnp_id"], name="klanten_inn_nnp_id"),
            models.Index(
                fields=["ann_identificatie"], name="klanten_ann_identificatie"
            ),
        ]


class Vestiging(Subject):
    """``subjectIdentificatie`` of a klant with type ``vestiging``."""

    klant = models.OneToOneField(
        Klant, on_delete=models.CASCADE, related_name="subject_vestiging"
    )
    vestigings_nummer = models.CharField(
        _("vestigingsnummer"),
        max_length=24,
        blank=True,
        help_text=_("Een korte unieke aanduiding van de vestiging."),
    )
    handelsnaam = ArrayField(
        models.CharField(_("handelsnaam"), max_length=625, blank=True),
        verbose_name=_("handelsnamen"),
        default=list,
        blank=True,
        help_text=_("De namen waaronder de vestiging handelt."),
    )

    class Meta:
        verbose_name = _("vestiging")
        verbose_name_plural = _("vestigingen")
        indexes = [
            models.Index(
                fields=["vestigings_nummer"], name="klanten_vestigings_nummer"
            ),
        ]


SUBJECTS: dict[KlantType, type[Subject]] = {
    KlantType.NATUURLIJK_PERSOON: NatuurlijkPersoon,
    KlantType.NIET_NATUURLIJK_PERSOON: NietNatuurlijkPersoon,
    KlantType.VESTIGING: Vestiging,
}
"""The model of each kind. Serializers, filters, admin and queries derive from it."""


def subject_accessor(subject_type: str) -> str:
    """Return the attribute of :class:`Klant` for its subject of this kind."""
    return f"subject_{KlantType(subject_type).value}"
