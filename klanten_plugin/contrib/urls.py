"""The root urlconf of a host in which the API mounted itself: its URLs, after ours."""

from __future__ import annotations

from importlib import import_module

from django.urls import include, path

from ..conf import settings
from .openzaak_autorisaties import keep_other_components

_host = import_module(settings.HOST_URLCONF)
# that of Open Zaak has imported its admin by now
keep_other_components()

# first: a host may have a pattern for all that is left
urlpatterns = [
    path(settings.MOUNT, include("klanten_plugin.api.urls")),
    *_host.urlpatterns,
]

for _name in ("handler400", "handler403", "handler404", "handler500"):
    if hasattr(_host, _name):
        globals()[_name] = getattr(_host, _name)
