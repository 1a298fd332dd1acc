"""Settings module of Open Zaak with the Klanten API.

Set ``DJANGO_SETTINGS_MODULE=klanten_plugin.contrib.openzaak``, and configure everything
else as Open Zaak documents it. ``KLANTEN_HOST_SETTINGS`` is another settings module
than that of its image, ``KLANTEN_MOUNT`` another path than ``klanten/api/``. All other
``KLANTEN_`` settings can come from the environment as well.
"""

import os

from .overlay import overlay

globals().update(
    overlay(os.environ.get("KLANTEN_HOST_SETTINGS", "openzaak.conf.docker"))
)
