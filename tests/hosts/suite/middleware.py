"""The host's own versions of the suite's middleware."""

from typing import Any

from vng_api_common.authorizations import middleware


class AuthMiddleware(middleware.AuthMiddleware):
    """As the suite's."""


class APIVersionHeaderMiddleware:
    """Each of the host's APIs has a version of its own; other paths have none."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self.get_response(request)
        if request.path_info.startswith("/zaken/"):
            response["API-version"] = "1.5.1"
        return response
