"""Ask a remote API, within limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils import timezone

import requests
from zgw_consumers.client import build_client
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from ...conf import settings
from ...exceptions import ConfigurationError, TemporaryRemoteError
from .deadlines import Deadline, DeadlineAdapter

EXTRA_SECONDS = 5.0
"""How much longer the whole of a call may take than one wait of the Service."""

PART_OF_LEASE = 0.75
"""No call takes longer than that part of a lease, or another worker would start it too."""

MAX_RESPONSE_BYTES = 1024 * 1024
CHUNK_BYTES = 64 * 1024


@contextmanager
def open_client(service: Service) -> Iterator[requests.Session]:
    """A session of the Service whose calls together have one time limit.

    Raises :class:`ConfigurationError` where the Service can't authenticate, and
    :class:`TemporaryRemoteError` where it can't be reached.
    """
    deadline = Deadline(
        min(service.timeout + EXTRA_SECONDS, settings.OUTBOX_LEASE * PART_OF_LEASE)
    )
    try:
        with _configured(service, deadline) as client:
            for scheme in ("http://", "https://"):
                client.mount(scheme, DeadlineAdapter(deadline))
            yield client
    except (requests.RequestException, TimeoutError) as error:
        # not its text: that holds the URL, and now and then the body
        message = f"{service.label} is niet bereikbaar ({type(error).__name__})."
        raise TemporaryRemoteError(message) from error
    finally:
        deadline.release()


def _configured(service: Service, deadline: Deadline) -> requests.Session:
    try:
        client: requests.Session = _build(service, deadline)
    except (requests.RequestException, TimeoutError):  # of the server that gives tokens
        raise
    except Exception as error:  # each way to authenticate has its own
        message = (
            f"De service {service.label} is niet goed ingesteld: controleer de "
            f"inloggegevens ({type(error).__name__})."
        )
        raise ConfigurationError(message) from error
    # a gateway's rewriting of URLs would read the body whole, whatever its size
    client.hooks["response"] = []
    return client


def _build(service: Service, deadline: Deadline) -> requests.Session:
    client: requests.Session
    if service.auth_type == getattr(AuthTypes, "oauth2_client_credentials", None):
        # it fetches a token, without any time limit
        client = deadline.run(lambda: build_client(service))
    else:
        client = build_client(service)
    return client


def read_body(
    response: requests.Response, max_bytes: int = MAX_RESPONSE_BYTES
) -> bytes:
    """The body of a streamed response.

    Raises :class:`TemporaryRemoteError` where it is larger than anything we ask for.
    """
    body = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise TemporaryRemoteError("Het antwoord is te groot.")
    return bytes(body)


def parse_json(content: bytes) -> Any:
    """What a body says as JSON; ``None`` if it isn't, or goes deeper than can be read."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the remote asks to wait (``Retry-After``), ``None`` if it doesn't."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if timezone.is_naive(moment):
        return None
    return max(0.0, (moment - timezone.now()).total_seconds())
