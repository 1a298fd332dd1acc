"""Which sources did the administrator choose, in order of trust?"""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ...constants import CONTACT_FIELDS
from ...exceptions import ConfigurationError
from ...models import NhrBron
from .dataservice.packages import dataservice_source
from .haal_centraal import HaalCentraalSource
from .kvk import KvkSource
from .protocol import Probed, Source, SourceFactory

SHIPPED: dict[str, SourceFactory] = {
    NhrBron.Soort.KVK: KvkSource,
    NhrBron.Soort.DATASERVICE: dataservice_source,
    NhrBron.Soort.HAAL_CENTRAAL: HaalCentraalSource,
}
"""Every kind but an operator's own; a test says so."""


def configured_sources() -> list[Source]:
    """The active sources, the most trusted first.

    Raises :class:`ConfigurationError` where there is none, or one can't be made.
    """
    bronnen = NhrBron.objects.active()
    sources = [make_source(bron) for bron in bronnen]
    if not sources:
        raise ConfigurationError(_("Er is geen bron van contactgegevens ingesteld."))
    return sources


def make_source(bron: NhrBron) -> Source:
    """The source at its service. Raises :class:`ConfigurationError`."""
    if bron.soort in SHIPPED:
        return SHIPPED[bron.soort](bron.service)
    try:
        source: Any = import_string(bron.class_path)(bron.service)
    except Exception as error:  # an operator's own code
        raise ConfigurationError(
            _("De klasse {class_path} is niet te maken ({error}).").format(
                class_path=bron.class_path, error=type(error).__name__
            )
        ) from error
    if not isinstance(source, Source) or not source.fields <= set(CONTACT_FIELDS):
        raise ConfigurationError(
            _(
                "De klasse {class_path} is geen bron: zie "
                "klanten_plugin.clients.nhr.protocol."
            ).format(class_path=bron.class_path)
        )
    return source


def probe(source: Source) -> str:
    """Does it answer? What was asked of it. Raises a ``RemoteError`` where it didn't."""
    if isinstance(source, Probed):
        return source.probe()
    return _("niets gevraagd: wat een eigen klasse kost, is niet bekend")
