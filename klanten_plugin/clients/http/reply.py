"""The response of a remote API: status, headers and body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

JSON_TYPES = ("application/json", "application/problem+json", "application/hal+json")


@dataclass(frozen=True)
class Reply:
    """A response. The keys of ``headers`` are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @cached_property
    def payload(self) -> Any:
        """The body as JSON; ``None`` if it isn't JSON, or is nested too deeply."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None

    @property
    def media_type(self) -> str:
        """The ``Content-Type`` in lower case, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """Seconds until ``Retry-After``; ``None`` without a usable one."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return None
        if timezone.is_naive(moment):
            return None
        return max(0.0, (moment - timezone.now()).total_seconds())


def is_object(reply: Reply) -> bool:
    """Whether the body is a JSON object."""
    return isinstance(reply.payload, dict)


def is_json(reply: Reply) -> bool:
    """Whether the body is JSON other than ``null``, unlike the page of a proxy."""
    return reply.payload is not None
