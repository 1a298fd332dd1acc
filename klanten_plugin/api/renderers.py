"""Render JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class KlantenJSONRenderer(BaseRenderer):
    """Render data that already has the keys of the official document.

    The suite's camelCase renderer converts every key, and some hosts patch it so that
    ``sub_adres_buitenland_1`` differs from the document.
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
        """Return ``data`` as compact UTF-8, or nothing for ``None``."""
        return b"" if data is None else orjson.dumps(data)
