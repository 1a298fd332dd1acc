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

    def __init_subclass__(cls, section: Section) -> None:
        super().__init_subclass__()
        cls.section = section
        cls.namespace = section.name
        cls.enable_setting = section.enable_setting

    def execute(self, model: Any) -> None:
        """Save the section."""
        try:
            self.section.apply(model.model_dump())
        except SetupError as error:
            raise ConfigurationRunFailed(str(error)) from None


class ServicesStep(_Step, section=SERVICES):
    """Section ``klanten_services``."""

    verbose_name = "Services of the Klanten API"


class KlantenConfigStep(_Step, section=CONFIG):
    """Section ``klanten_config``."""

    verbose_name = "Configuration of the Klanten API"


class ApplicatiesStep(_Step, section=APPLICATIES):
    """Section ``klanten_applicaties``."""

    verbose_name = "Applications that use the Klanten API"


class GroepenStep(_Step, section=GROEPEN):
    """Section ``klanten_groepen``."""

    verbose_name = "Groups of rights on klanten"
