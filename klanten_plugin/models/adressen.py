"""The address groups of a klant and of its subject."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .groups import Group, one_owner
from .klanten import Klant
from .subjects import NatuurlijkPersoon, NietNatuurlijkPersoon, Vestiging

HUISNUMMER_MAX = 99_999
HUISNUMMER_VALIDATORS = [MinValueValidator(0), MaxValueValidator(HUISNUMMER_MAX)]


def _huisnummer_in_range(field: str) -> models.Q:
    in_range = models.Q(**{f"{field}__range": (0, HUISNUMMER_MAX)})
    return in_range | models.Q(**{f"{field}__isnull": True})


class KlantAdres(Group):
    """``Klant.adres``: the unverified address of the klant."""

    klant = models.OneToOneField(Klant, on_delete=models.CASCADE, related_name="adres")
    straatnaam = models.CharField(
        _("straatnaam"),
        max_length=100,
        blank=True,
    )
    huisnummer = models.IntegerField(
        _("huisnummer"), null=True, blank=True, validators=HUISNUMMER_VALIDATORS
    )
    huisletter = models.CharField(_("huisletter"), max_length=1, blank=True)
    huisnummertoevoeging = models.CharField(
        _("huisnummertoevoeging"), max_length=4, blank=True
    )
    postcode = models.CharField(
        _("postcode"),
        max_length=7,
        blank=True,
    )
    woonplaatsnaam = models.CharField(
        _("woonplaatsnaam"),
        max_length=80,
        blank=True,
    )
    landcode = models.CharField(
        _("landcode"),
        max_length=4,
        blank=True,
        help_text=_("De code van het land in de Land/Gebied-tabel van de BRP."),
    )

    class Meta:
        verbose_name = _("adres")
        verbose_name_plural = _("adressen")
        indexes = [
            models.Index(fields=["straatnaam"], name="klanten_adres_straatnaam"),
            models.Index(fields=["postcode"], name="klanten_adres_postcode"),
            # with the key of the klant for the reason that is given there
            models.Index(
                fields=["woonplaatsnaam", "klant"], name="klanten_adres_woonplaatsnaam"
            ),
            models.Index(fields=["landcode", "klant"], name="klanten_adres_landcode"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=_huisnummer_in_range("huisnummer"),
                name="klanten_plugin_adres_huisnummer",
            )
        ]


class VerblijfsAdres(Group):
    """``verblijfsadres`` of a natuurlijk persoon or a vestiging."""

    natuurlijk_persoon = models.OneToOneField(
        NatuurlijkPersoon,
        on_delete=models.CASCADE,
        null=True,
        related_name="verblijfsadres",
    )
    vestiging = models.OneToOneField(
        Vestiging, on_delete=models.CASCADE, null=True, related_name="verblijfsadres"
    )
    aoa_identificatie = models.CharField(
        _("identificatie"),
        max_length=100,
        help_text=_("De unieke identificatie van het adresseerbare object."),
    )
    wpl_woonplaats_naam = models.CharField(
        _("woonplaatsnaam"), max_length=80, blank=True
    )
    gor_openbare_ruimte_naam = models.CharField(
        _("naam openbare ruimte"),
        max_length=80,
        help_text=_("De naam die de gemeente aan de openbare ruimte heeft gegeven."),
    )
    aoa_postcode = models.CharField(_("postcode"), max_length=7, blank=True)
    aoa_huisnummer = models.IntegerField(
        _("huisnummer"), null=True, blank=True, validators=HUISNUMMER_VALIDATORS
    )
    aoa_huisletter = models.CharField(_("huisletter"), max_length=1, blank=True)
    aoa_huisnummertoevoeging = models.CharField(
        _("huisnummertoevoeging"), max_length=4, blank=True
    )
    inp_locatiebeschrijving = models.CharField(
        _("locatiebeschrijving"),
        max_length=1000,
        blank=True,
    )

    class Meta:
        verbose_name = _("verblijfsadres")
        verbose_name_plural = _("verblijfsadressen")
        constraints = [
            models.CheckConstraint(
                condition=one_owner("natuurlijk_persoon", "vestiging"),
                name="klanten_plugin_verblijfsadres_eigenaar",
            ),
            models.CheckConstraint(
                condition=_huisnummer_in_range("aoa_huisnummer"),
                name="klanten_plugin_verblijfsadres_huisnummer",
            ),
        ]


class SubVerblijfBuitenland(Group):
    """``subVerblijfBuitenland`` of every kind of subject."""

    natuurlijk_persoon = models.OneToOneField(
        NatuurlijkPersoon,
        on_delete=models.CASCADE,
        null=True,
        related_name="sub_verblijf_buitenland",
    )
    niet_natuurlijk_persoon = models.OneToOneField(
        NietNatuurlijkPersoon,
        on_delete=models.CASCADE,
        null=True,
        related_name="sub_verblijf_buitenland",
    )
    vestiging = models.OneToOneField(
        Vestiging,
        on_delete=models.CASCADE,
        null=True,
        related_name="sub_verblijf_buitenland",
    )
    lnd_landcode = models.CharField(
        _("landcode"),
        max_length=4,
        help_text=_("De code van het land in de Land/Gebied-tabel van de BRP."),
    )
    lnd_landnaam = models.CharField(
        _("landnaam"),
        max_length=40,
        help_text=_("De naam van het land in de Land/Gebied-tabel van de BRP."),
    )
    sub_adres_buitenland_1 = models.CharField(
        _("adresregel 1"), max_length=35, blank=True
    )
    sub_adres_buitenland_2 = models.CharField(
        _("adresregel 2"), max_length=35, blank=True
    )
    sub_adres_buitenland_3 = models.CharField(
        _("adresregel 3"), max_length=35, blank=True
    )

    class Meta:
        verbose_name = _("verblijf buitenland")
        verbose_name_plural = _("verblijven buitenland")
        constraints = [
            models.CheckConstraint(
                condition=one_owner(
                    "natuurlijk_persoon", "niet_natuurlijk_persoon", "vestiging"
                ),
                name="klanten_plugin_subverblijfbuitenland_eigenaar",
            )
        ]
