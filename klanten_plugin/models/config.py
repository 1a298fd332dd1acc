"""What an administrator chooses for this installation."""

from __future__ import annotations

from typing import Self

from django.utils.translation import gettext_lazy as _

from solo.models import SingletonModel

from .nhr import NhrConfig
from .rollen import RollenConfig


class KlantenConfig(NhrConfig, RollenConfig, SingletonModel):
    """The one row of configuration, always read from the database."""

    class Meta(SingletonModel.Meta):
        verbose_name = _("configuratie Klanten API")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def get_solo(cls) -> Self:
        """Return the row; make it if there is none.

        Not from the cache of ``SOLO_CACHE``, as django-solo does in hosts that have it
        on: workers change the row, and for minutes a page or a decision would go by what
        it was.
        """
        config, _created = cls._default_manager.get_or_create(
            pk=cls.singleton_instance_id
        )
        return config


class StatusPage(KlantenConfig):
    """The page that says how all is doing: an entry of the admin, with its permission."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("stand van zaken")
        verbose_name_plural = _("stand van zaken")
