"""JWTs with which a client authenticates at the API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time

SCOPED_CLIENT = "demo"


def make_token(client_id: str, secret: str, *, now: float | None = None) -> str:
    """Return a token signed with HS256, issued now.

    The host refuses it one hour (JWT_EXPIRY) after `iat`, a Unix time in seconds.
    """
    claims: dict[str, str | int] = {
        "iss": client_id,
        "iat": int(time.time() if now is None else now),
        "client_id": client_id,
        "user_id": client_id,
        "user_representation": client_id,
    }
    parts = [_encode({"typ": "JWT", "alg": "HS256"}), _encode(claims)]
    signed = ".".join(parts).encode()
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return ".".join([*parts, _base64(signature)])


def split_scopes(text: str) -> list[str]:
    """Return the unique scopes of a comma- or space-separated list, sorted."""
    return sorted(set(re.split(r"[,\s]+", text.strip())) - {""})


def client_for_scopes(scopes: list[str]) -> str:
    """Return the client id for exactly these scopes (at most 50 characters)."""
    digest = hashlib.sha256(" ".join(scopes).encode()).hexdigest()
    return f"{SCOPED_CLIENT}-{digest[:8]}"


def _encode(value: dict[str, str | int]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
