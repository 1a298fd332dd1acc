"""Errors in the format of the suite's APIs, and verification of tokens (HS256)."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import jwt

from testapp.peers.wire import Reply

JWT_EXPIRY = 3600
"""Seconds after its `iat` that a token is valid."""
LEEWAY = 60
"""Seconds of tolerance for the clock of a client."""

Body = dict[str, Any]
Params = list[tuple[str, str]]
"""Errors in a body: pairs of a field and a code."""


class Problem(Exception):
    """An error, to be returned in the format of the suite's APIs."""

    def __init__(self, status: int, code: str, params: Params | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.params = status, code, params or []

    def reply(self, origin: str) -> Reply:
        title = HTTPStatus(self.status).phrase
        content: Body = {
            "type": f"{origin}/ref/fouten/{self.code}/",
            "code": self.code,
            "title": title,
            "status": self.status,
            "detail": title,
            "instance": f"urn:uuid:{uuid.uuid4()}",
        }
        if self.params:
            content["invalidParams"] = [
                {"name": name, "code": code, "reason": code}
                for name, code in self.params
            ]
        return Reply(self.status, content)


def make_token(client_id: str, secret: str) -> str:
    """Return a token in the format of consumers."""
    claims = {"iss": client_id, "client_id": client_id, "iat": int(time.time()) - 5}
    claims |= {"user_id": client_id, "user_representation": client_id}
    return jwt.encode(claims, secret, algorithm="HS256")


def bearer(credentials: str) -> str:
    """Return the header for ``client_id=secret``, or "" without a secret."""
    client_id, _equals, secret = credentials.partition("=")
    return f"Bearer {make_token(client_id, secret)}" if secret else ""


@dataclass
class Applications:
    """Client ID and secret of each application. Without any, no token is required."""

    secrets: dict[str, str] = field(default_factory=dict)

    def check(self, header: str) -> str:
        """Return the client ID of the token, or "" if none is required.

        Raises :class:`Problem` for an invalid token: a 403, as from the suite.
        """
        scheme, _space, token = header.partition(" ")
        if not self.secrets:
            return ""
        if scheme != "Bearer" or not token:
            raise Problem(403, "permission_denied")
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise Problem(403, "jwt-decode-error") from error
        client_id = str(claims.get("client_id", ""))
        if client_id not in self.secrets:
            raise Problem(403, "invalid-client-identifier")
        try:
            secret = self.secrets[client_id]
            jwt.decode(token, secret, algorithms=["HS256"], leeway=LEEWAY)
        except jwt.PyJWTError as error:
            raise Problem(403, "invalid-jwt-signature") from error
        if time.time() - float(claims.get("iat", 0)) > JWT_EXPIRY:
            raise Problem(403, "jwt-expired")
        return client_id
