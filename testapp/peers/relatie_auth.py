"""May this token do this? As the suite answers: 403, never 401."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import jwt

JWT_EXPIRY = 3600
"""Seconds after its `iat` that a token is taken."""


class Forbidden(Exception):
    """Refused, for the reason with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Applications:
    """Client ID and secret of each application.

    ``methods`` are the HTTP methods that an application has the scopes for; one that
    isn't listed has all scopes.
    """

    secrets: dict[str, str] = field(default_factory=dict)
    methods: dict[str, list[str]] = field(default_factory=dict)

    def check(self, header: str, method: str = "GET") -> None:
        """Raise :class:`Forbidden` if this token doesn't allow the method."""
        token = header.removeprefix("Bearer ")
        if not token or token == header:
            raise Forbidden("permission_denied")
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise Forbidden("jwt-decode-error") from error
        secret = self.secrets.get(str(claims.get("client_id", "")))
        if secret is None:
            raise Forbidden("invalid-client-identifier")
        try:
            jwt.decode(token, secret, algorithms=["HS256"])
        except jwt.ExpiredSignatureError as error:
            raise Forbidden("jwt-expired") from error
        except jwt.PyJWTError as error:
            raise Forbidden("invalid-jwt-signature") from error
        if time.time() - float(claims.get("iat", 0)) > JWT_EXPIRY:
            raise Forbidden("jwt-expired")
        if method not in self.methods.get(str(claims["client_id"]), [method]):
            raise Forbidden("permission_denied")


def make_token(client_id: str, secret: str) -> str:
    """A token as consumers make it."""
    claims = {"iss": client_id, "client_id": client_id, "iat": int(time.time()) - 5}
    claims |= {"user_id": client_id, "user_representation": client_id}
    return jwt.encode(claims, secret, algorithm="HS256")
