"""The kanaal ``klanten``, for the suite's ``manage.py register_kanalen``.

Imported where the host has notifications: registering happens on construction.
"""

from __future__ import annotations

from notifications_api_common.kanalen import Kanaal

from ..models import Klant
from ..sync.notificaties import KANAAL

KANAAL_KLANTEN = Kanaal(KANAAL, main_resource=Klant, kenmerken=("subject_type",))
"""Main resource ``klant``, kenmerk ``subject_type`` (``subjectType`` in messages)."""
