"""Write JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class KlantenJSONRenderer(BaseRenderer):
    """Render data whose keys already are the official document's.

    The suite's camelCase renderer walks every key again, and some hosts patch it so
    that ``sub_adres_buitenland_1`` comes out otherwise than in the document.
    """

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """``data`` as compact UTF-8; nothing for a response without a body."""
        return b"" if data is None else orjson.dumps(data)
