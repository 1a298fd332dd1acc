"""Root urlconf of a host in which the API mounted itself: our URLs, then the host's."""

from __future__ import annotations

from importlib import import_module

from django.urls import include, path

from ..conf import settings
from .openzaak_autorisaties import keep_other_components

_host = import_module(settings.HOST_URLCONF)
# the urlconf of Open Zaak has imported its admin
keep_other_components()

# first, because a host can have a catch-all pattern
urlpatterns = [
    path(settings.MOUNT, include("klanten_plugin.api.urls")),
    *_host.urlpatterns,
]

for _name in ("handler400", "handler403", "handler404", "handler500"):
    if hasattr(_host, _name):
        globals()[_name] = getattr(_host, _name)
