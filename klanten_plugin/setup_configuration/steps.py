"""Steps for django-setup-configuration, for ``SETUP_CONFIGURATION_STEPS``.

That package resolves ``value_from`` itself. Errors are raised from ``execute``, which
rolls everything back: its own validation would print values, including secrets.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django_setup_configuration import ConfigurationModel
from django_setup_configuration.configuration import BaseConfigurationStep
from django_setup_configuration.exceptions import ConfigurationRunFailed
from pydantic_settings import SettingsConfigDict

from .errors import SetupError
from .sections import APPLICATIES, CONFIG, GROEPEN, SERVICES, Section


class SectionModel(ConfigurationModel):
    """Accepts any content, which :mod:`.content` validates."""

    model_config = SettingsConfigDict(extra="allow")


class _Step(BaseConfigurationStep[SectionModel]):
    config_model = SectionModel
    section: ClassVar[Section]

    def execute(self, model: Any) -> None:
        """Save the section."""
        try:
            self.section.apply(model.model_dump())
        except SetupError as error:
            raise ConfigurationRunFailed(str(error)) from None


class ServicesStep(_Step):
    """Section ``klanten_services``."""

    section = SERVICES
    verbose_name = "Services of the Klanten API"
    namespace = SERVICES.name
    enable_setting = SERVICES.enable_setting


class KlantenConfigStep(_Step):
    """Section ``klanten_config``."""

    section = CONFIG
    verbose_name = "Configuration of the Klanten API"
    namespace = CONFIG.name
    enable_setting = CONFIG.enable_setting


class ApplicatiesStep(_Step):
    """Section ``klanten_applicaties``."""

    section = APPLICATIES
    verbose_name = "Applications that use the Klanten API"
    namespace = APPLICATIES.name
    enable_setting = APPLICATIES.enable_setting


class GroepenStep(_Step):
    """Section ``klanten_groepen``."""

    section = GROEPEN
    verbose_name = "Groups of rights on klanten"
    namespace = GROEPEN.name
    enable_setting = GROEPEN.enable_setting
