"""The kanaal ``klanten``, for the suite's ``manage.py register_kanalen``.

Only imported if the host has notifications: constructing a ``Kanaal`` registers it.
"""

from __future__ import annotations

from notifications_api_common.kanalen import Kanaal

from ..models import Klant
from ..sync.notificaties import KANAAL

KANAAL_KLANTEN = Kanaal(KANAAL, main_resource=Klant, kenmerken=("subject_type",))
"""Main resource ``klant``, kenmerk ``subject_type`` (``subjectType`` in messages)."""
