"""The model of a klant."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..constants import KlantType
from .validators import valid_rsin


class Klant(models.Model):
    """A natuurlijk persoon, niet-natuurlijk persoon or vestiging.

    The data aren't verified, and nearly all fields are optional. Write through
    :mod:`klanten_plugin.domain.klanten.write`, which enforces the rules.
    """

    uuid = models.UUIDField(
        unique=True,
        default=uuid.uuid4,
        editable=False,
        help_text=_("Unieke identificatie van de klant (UUID4)."),
    )
    bronorganisatie = models.CharField(
        _("bronorganisatie"),
        max_length=9,
        validators=[valid_rsin],
        help_text=_(
            "Het RSIN van de organisatie die de klant heeft aangemaakt: 9 cijfers die "
            "voldoen aan de 11-proef."
        ),
    )
    klantnummer = models.CharField(
        _("klantnummer"),
        max_length=8,
        help_text=_(
            "De unieke identificatie van de klant binnen de bronorganisatie. Wordt "
            "gegenereerd als het bij het aanmaken niet meegestuurd wordt."
        ),
    )
    bedrijfsnaam = models.CharField(
        _("bedrijfsnaam"),
        max_length=200,
        blank=True,
        help_text=_("De bedrijfsnaam van de klant."),
    )
    functie = models.CharField(
        _("functie"),
        max_length=200,
        blank=True,
        help_text=_("De functie van de klant."),
    )
    website_url = models.URLField(
        _("website-URL"),
        max_length=1000,
        help_text=_("Het adres waarop de klant in de regel op internet te vinden is."),
    )
    voornaam = models.CharField(
        _("voornaam"),
        max_length=200,
        blank=True,
        help_text=_("De voornaam, voorletters of roepnaam van de klant."),
    )
    voorvoegsel_achternaam = models.CharField(
        _("voorvoegsel achternaam"),
        max_length=10,
        blank=True,
        help_text=_("Het voorvoegsel van de achternaam van de klant."),
    )
    achternaam = models.CharField(
        _("achternaam"),
        max_length=200,
        blank=True,
        help_text=_("De achternaam van de klant."),
    )
    telefoonnummer = models.CharField(
        _("telefoonnummer"),
        max_length=20,
        blank=True,
        help_text=_("Het mobiele of vaste telefoonnummer van de klant."),
    )
    emailadres = models.EmailField(
        _("e-mailadres"),
        max_length=254,
        blank=True,
        help_text=_("Het e-mailadres van de klant."),
    )
    subject = models.URLField(
        _("subject"),
        max_length=1000,
        blank=True,
        help_text=_("URL-referentie naar een subject."),
    )
    subject_type = models.CharField(
        _("type subject"),
        max_length=23,
        choices=KlantType.choices,
        blank=True,
        help_text=_("Type van het `subject`."),
    )
    etag = models.CharField(
        max_length=64,
        editable=False,
        default="",
        help_text=_(
            "Hash van de weergave van de klant. Begint met een uitroepteken zolang hij "
            "na een wijziging nog niet berekend is; zie domain/etags.py."
        ),
    )

    class Meta:
        verbose_name = _("klant")
        verbose_name_plural = _("klanten")
        permissions = [
            ("view_bsn", "Mag BSN's volledig zien"),
            ("make_access_report", "Mag een inzageverzoek beantwoorden"),
            ("merge_klanten", "Mag klanten samenvoegen"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["bronorganisatie", "klantnummer"],
                name="klanten_plugin_klant_uniek",
            ),
            models.CheckConstraint(
                condition=models.Q(bronorganisatie__regex=r"^[0-9]{9}$"),
                name="klanten_plugin_klant_bronorganisatie",
            ),
            models.CheckConstraint(
                condition=~models.Q(klantnummer=""),
                name="klanten_plugin_klant_klantnummer",
            ),
            models.CheckConstraint(
                condition=models.Q(subject_type__in=["", *KlantType.values]),
                name="klanten_plugin_klant_subject_type",
            ),
        ]
        # If very many klanten can share a value, the index includes the primary key, to
        # return the first page in order. Without it PostgreSQL scans all klanten in
        # order, which is slow for a value that was added late.
        indexes = [
            models.Index(
                fields=["bronorganisatie", "id"], name="klanten_klant_bronorganisatie"
            ),
            models.Index(fields=["klantnummer"], name="klanten_klant_klantnummer"),
            models.Index(fields=["bedrijfsnaam"], name="klanten_klant_bedrijfsnaam"),
            models.Index(fields=["functie", "id"], name="klanten_klant_functie"),
            models.Index(fields=["achternaam"], name="klanten_klant_achternaam"),
            models.Index(
                fields=["telefoonnummer"], name="klanten_klant_telefoonnummer"
            ),
            models.Index(fields=["emailadres"], name="klanten_klant_emailadres"),
            # 1000 characters can exceed the maximum size of a B-tree entry and most
            # klanten have none: all of one value make a hash index slow
            HashIndex(
                fields=["subject"],
                condition=models.Q(subject__gt=""),
                name="klanten_klant_subject",
            ),
            models.Index(
                fields=["subject_type", "id"], name="klanten_klant_subject_type"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bronorganisatie} {self.klantnummer}"

    def unique_representation(self) -> str:
        """Return a human-readable identification without personal data."""
        return f"{self.bronorganisatie} - {self.klantnummer}"
