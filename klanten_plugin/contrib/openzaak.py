"""Open Zaak with the Klanten API in it.

``DJANGO_SETTINGS_MODULE=klanten_plugin.contrib.openzaak``, and everything else as Open
Zaak documents it. ``KLANTEN_HOST_SETTINGS`` names another settings module than that of
its image; ``KLANTEN_MOUNT`` another path than ``klanten/api/``; every other ``KLANTEN_``
setting can come from the environment, too.
"""

import os

from .overlay import overlay

globals().update(
    overlay(os.environ.get("KLANTEN_HOST_SETTINGS", "openzaak.conf.docker"))
)
