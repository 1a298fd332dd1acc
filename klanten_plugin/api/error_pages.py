"""Pages for the ``type`` of errors that the suite has no page for."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from .bodies import OWN_ERRORS
from .documents import POLICY, PublicView


class ErrorPageView(PublicView):
    """A page that explains an error."""

    def get(self, request: Request, *args: Any, name: str, **kwargs: Any) -> Response:
        """Return the page. Raises ``NotFound`` for other errors."""
        error = OWN_ERRORS.get(name)
        if error is None:
            raise NotFound
        page = render_to_string("klanten_plugin/error.html", {"error": error})
        return Response(
            page.encode(),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": POLICY},
        )
