"""A klant without Django: the minimum cost of a request outside the suite.

A hand-written ASGI application on one connection of psycopg. One round trip (a
pipeline) queries the secret and scopes of the client, and the klant. Of the suite's
rules, only the signature and the scope are checked.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import jwt
import psycopg

from tests.benchmarks.host import raw_sql as sql

SCOPE = "klanten.lezen"

_kept: dict[str, psycopg.AsyncConnection[Any]] = {}


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Respond to any GET with the klant whose UUID ends its path."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    headers = dict(scope["headers"])
    token = headers[b"authorization"].decode().partition(" ")[2]
    root = f"http://{headers[b'host'].decode()}/klanten/api/v1/klanten"
    body = await _klant(token, root, UUID(scope["path"].rpartition("/")[2]))
    length = str(len(body)).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200 if body else 403,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", length),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _klant(token: str, root: str, uuid: UUID) -> bytes:
    """Return the klant as JSON, or nothing without permission."""
    claimed = jwt.decode(token, options={"verify_signature": False})["client_id"]
    connection = await _connection()
    async with connection.pipeline(), connection.cursor() as rights:
        await rights.execute(sql.RIGHTS, [claimed])
        async with connection.cursor() as klant:
            await klant.execute(sql.DETAIL, [root, uuid])
            row = await klant.fetchone()
        found = await rights.fetchall()
    secret = found[0][0]
    jwt.decode(token, secret, algorithms=["HS256"], options={"verify_iat": False})
    is_allowed = any(SCOPE in scopes for _secret, scopes in found)
    return row[0].encode() if row and is_allowed else b""


async def _connection() -> psycopg.AsyncConnection[Any]:
    if "one" not in _kept:
        _kept["one"] = await psycopg.AsyncConnection.connect(
            os.environ["DATABASE_URL"], autocommit=True
        )
    return _kept["one"]


async def _live(
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
