"""The host's own versions of the suite's middleware."""

from typing import Any

from vng_api_common.authorizations import middleware


class AuthMiddleware(middleware.AuthMiddleware):
    """Like the suite's."""


class APIVersionHeaderMiddleware:
    """Sets a separate version for each of the host's APIs, and none for other paths."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self.get_response(request)
        if request.path_info.startswith("/zaken/"):
            response["API-version"] = "1.5.1"
        return response
