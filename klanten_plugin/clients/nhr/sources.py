"""Create and test the configured sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from zgw_consumers.models import Service

from ...constants import CONTACT_FIELDS
from ...exceptions import ConfigurationError
from ...models import NhrBron
from .dataservice.packages import dataservice_source
from .haal_centraal import HaalCentraalSource
from .kvk import KvkSource
from .protocol import Probed, Source

SHIPPED: dict[str, Callable[[Service], Source]] = {
    NhrBron.Soort.KVK: KvkSource,
    NhrBron.Soort.DATASERVICE: dataservice_source,
    NhrBron.Soort.HAAL_CENTRAAL: HaalCentraalSource,
}
"""The sources by kind, except custom ones. A test checks that it is complete."""


def make_source(bron: NhrBron) -> Source:
    """Create the source with its service. Raises :class:`ConfigurationError`."""
    if bron.soort in SHIPPED:
        assert bron.service is not None  # by a constraint of the table
        return SHIPPED[bron.soort](bron.service)
    try:
        source: Any = import_string(bron.class_path)(bron.service)
    except Exception as error:  # a custom class
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
    """Test a source; return what was requested. Raises a ``RemoteError``."""
    if isinstance(source, Probed):
        return source.probe()
    return _("niets gevraagd: wat een eigen klasse kost, is niet bekend")
