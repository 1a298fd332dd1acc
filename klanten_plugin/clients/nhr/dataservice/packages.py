"""The packages of the extra, and the source that requires them."""

from __future__ import annotations

from importlib.util import find_spec

from django.utils.translation import gettext_lazy

from zgw_consumers.models import Service

from ....exceptions import ConfigurationError
from ..protocol import Source

PACKAGES = ("lxml", "signxml")
"""Import names of the packages of the extra."""

MISSING = gettext_lazy(
    "Voor KVK Dataservice ontbreekt {missing}: installeer klanten-plugin[dataservice]."
)


def missing_packages() -> list[str]:
    """Return the packages of the extra that aren't installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def dataservice_source(service: Service) -> Source:
    """Return the source at this Service.

    Raises :class:`ConfigurationError` without the extra.
    """
    if missing := missing_packages():
        raise ConfigurationError(MISSING.format(missing=", ".join(missing)))
    # imports the packages of the extra
    from .source import DataserviceSource

    return DataserviceSource(service)
