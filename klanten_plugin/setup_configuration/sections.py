"""The sections of a configuration file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .content import (
    ApplicatiesContent,
    ConfigContent,
    Content,
    GroepenContent,
    ServicesContent,
    checked,
)
from .errors import SetupError
from .groups import save_groups
from .reading import with_environment
from .saving import save_applicaties, save_config, save_services

PREFIX = "klanten_"


@dataclass(frozen=True)
class Section:
    """A section of the file; ``save`` returns lines with the changes."""

    name: str
    content: type[Content]
    save: Callable[[Mapping[str, Any]], list[str]]

    @property
    def enable_setting(self) -> str:
        """The key that enables or disables the section."""
        return f"{self.name}_enable"

    def apply(self, data: Any) -> list[str]:
        """Save the section. Raises :class:`SetupError`."""
        return self.save(checked(self.content, data, self.name))


SERVICES = Section("klanten_services", ServicesContent, save_services)
CONFIG = Section("klanten_config", ConfigContent, save_config)
APPLICATIES = Section("klanten_applicaties", ApplicatiesContent, save_applicaties)
GROEPEN = Section("klanten_groepen", GroepenContent, save_groups)

SECTIONS = (SERVICES, CONFIG, APPLICATIES, GROEPEN)
"""In the order of their dependencies."""


def apply_file(found: Mapping[str, Any]) -> list[str]:
    """Apply all enabled sections of a file. Raises :class:`SetupError`.

    Unknown sections belong to other programs and are ignored, unless they have our
    prefix.
    """
    known = {name for one in SECTIONS for name in (one.name, one.enable_setting)}
    unknown = [name for name in found if name.startswith(PREFIX) and name not in known]
    if unknown:
        names = ", ".join(section.name for section in SECTIONS)
        raise SetupError(
            *(
                _("{name}: bestaat niet; wel: {names}").format(name=name, names=names)
                for name in sorted(unknown)
            )
        )
    lines = []
    for section in SECTIONS:
        if section.name in found and found.get(section.enable_setting, True) is True:
            data = with_environment(found[section.name], section.name)
            lines += section.apply(data)
    if not lines:
        raise SetupError(_("Er is in het bestand geen sectie die iets instelt."))
    return lines
