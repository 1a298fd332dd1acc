"""The configuration of the installation in the admin."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from solo.models import SingletonModel
from zgw_consumers.models import Service

from .nhr import NhrConfig
from .rollen import RollenConfig


class KlantenConfig(NhrConfig, RollenConfig, SingletonModel):
    """The configuration singleton, always read from the database."""

    subject_services = models.ManyToManyField(
        Service,
        blank=True,
        related_name="+",
        verbose_name=_("services voor subjecten"),
        help_text=_(
            "De services waaronder een subject met inloggegevens wordt opgevraagd. Elk "
            "ander subject wordt zonder inloggegevens opgevraagd. Nooit een service van "
            "het NHR of van notificaties."
        ),
    )

    class Meta(SingletonModel.Meta):
        verbose_name = _("configuratie Klanten API")

    def __str__(self) -> str:
        return capfirst(str(self._meta.verbose_name))

    @classmethod
    def get_solo(cls) -> Self:
        """Return the row, and create it if it doesn't exist.

        Unlike django-solo, this never uses ``SOLO_CACHE``: workers change the row, and
        pages and decisions would use stale values for minutes.
        """
        config, _created = cls._default_manager.get_or_create(
            pk=cls.singleton_instance_id
        )
        return config


class StatusPage(KlantenConfig):
    """Status page for operators: a proxy model for its admin entry and permission."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("stand van zaken")
        verbose_name_plural = _("stand van zaken")
