"""What an administrator chooses for this installation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from solo.models import SingletonModel

from .nhr import NhrConfig
from .rollen import RollenConfig


class KlantenConfig(NhrConfig, RollenConfig, SingletonModel):
    """The one row of configuration; where it is read it is read anew."""

    class Meta(SingletonModel.Meta):
        verbose_name = _("configuratie Klanten API")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class StatusPage(KlantenConfig):
    """The page that says how all is doing: an entry of the admin, with its permission."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("stand van zaken")
        verbose_name_plural = _("stand van zaken")
