"""A single HTTP exchange with a remote API: send a request, read within limits.

All requests use this module: :func:`exchange` for a Service, :func:`send` for a session
of the caller. The table of the API interprets the response, see :mod:`.answers`.

The body of a redirect is never read, nor any data beyond the limits or after the
deadline. Compressed bodies (gzip, deflate, br) aren't requested, and are refused, so
nothing is ever decompressed. Requests bypass ``Session.request``, because libraries
that log outgoing requests patch it and would log our credentials.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from contextvars import ContextVar
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url
from zgw_consumers.models import Service

from ...conf import settings
from ...exceptions import PermanentRemoteError, TemporaryRemoteError
from .answers import REDIRECTS
from .connections import adapter_for
from .deadlines import Deadline
from .reply import Reply
from .sessions import authenticated
from .wire import Limits, TooLarge

EXTRA_SECONDS = 5.0
"""Extra seconds for a complete call, on top of the timeout of the Service."""

PART_OF_LEASE = 0.75
"""Maximum duration of a call as a fraction of the lease, to prevent duplicate calls."""

MAX_RESPONSE_BYTES = 1024 * 1024
OVERHEAD_BYTES = 64 * 1024
"""Allowance for chunk lines, in addition to the body."""

CHUNK_BYTES = 64 * 1024
PLAIN = ("", "identity")
HEADERS = {"Accept-Encoding": "identity"}
TOO_LARGE = gettext_lazy("Het antwoord is te groot.")
PACKED = gettext_lazy(
    "Het antwoord is ingepakt ({coding}), terwijl daar niet om is gevraagd."
)

before_sending: ContextVar[Callable[[], None]] = ContextVar(
    "before_sending", default=lambda: None
)
"""Called right before :func:`exchange` sends each request.

Workers use it to check their lease. Its exceptions propagate to the caller, and nothing
is sent. """


def exchange(
    service: Service,
    method: str,
    url: str,
    *,
    max_bytes: int = MAX_RESPONSE_BYTES,
    **options: Any,
) -> Reply:
    """Send a request with the credentials of the Service, and read the response.

    ``url`` is relative to the API root, or an absolute URL under it. ``options`` are
    ``json``, ``params`` and ``headers``, as for ``requests``. Redirects are returned,
    but never followed, because the credentials are for this Service only.

    Raises :class:`ConfigurationError` if the Service can't authenticate,
    :class:`PermanentRemoteError` for a URL outside the API root, and
    :class:`TemporaryRemoteError` if it is unreachable, times out, or sends more than
    ``max_bytes``.
    """
    seconds = min(
        service.timeout + EXTRA_SECONDS, settings.OUTBOX_LEASE * PART_OF_LEASE
    )
    request = requests.Request(method, _under_root(service, url), **options)
    try:
        with (
            closing(Deadline(seconds)) as deadline,
            session_for(service, deadline) as session,
        ):
            before_sending.get()()
            return send(
                session,
                request,
                Limits(deadline, keep=True),
                max_bytes=max_bytes,
                seconds=service.timeout,
            )
    except (requests.RequestException, TimeoutError) as error:
        # without the message, which contains the URL and sometimes the body
        message = _("{label} is niet bereikbaar ({error}).").format(
            label=service.label, error=type(error).__name__
        )
        raise TemporaryRemoteError(message) from error


def session_for(service: Service, deadline: Deadline) -> requests.Session:
    """Return a session with the credentials of the Service.

    Raises :class:`ConfigurationError` if the Service can't authenticate.
    """
    return authenticated(
        service, lambda session, request: send(session, request, Limits(deadline))
    )


def send(
    session: requests.Session,
    request: requests.Request,
    limits: Limits,
    *,
    max_bytes: int = MAX_RESPONSE_BYTES,
    seconds: float | None = None,
) -> Reply:
    """Send a request, and read the response within the limits.

    ``seconds`` limits each wait for bytes. If ``max_bytes`` is 0, the body isn't read.
    Raises exceptions of ``requests``, or :class:`TemporaryRemoteError`.
    """
    request.headers = {**HEADERS, **(request.headers or {})}
    prepared = session.prepare_request(request)
    session.get_redirect_target = _no_target  # type: ignore[method-assign, assignment]
    wait = min(seconds or limits.seconds, limits.seconds)
    # not Session.request: see the docstring of this module
    environment = session.merge_environment_settings(
        prepared.url, proxies={}, stream=True, verify=None, cert=None
    )
    try:
        with adapter_for(str(prepared.url), limits, environment) as adapter:
            session.adapters = dict.fromkeys(("http://", "https://"), adapter)
            with session.send(
                prepared, timeout=wait, allow_redirects=False, **environment
            ) as response:
                content = _read(response, limits, max_bytes)
            return Reply(response.status_code, response.headers, content)
    except TooLarge as error:
        raise TemporaryRemoteError(TOO_LARGE) from error
    except HTTPError as error:  # of urllib3, while reading the body
        raise requests.ConnectionError(error) from error
    finally:
        # otherwise closing the session would close its connections too
        session.adapters = {}


def _no_target(_response: requests.Response) -> None:
    """Return no target: ``requests`` would read the complete body of a redirect."""


def _read(response: requests.Response, limits: Limits, max_bytes: int) -> bytes:
    """Return the body. Refuse a declared size above the limit without reading."""
    if response.status_code in REDIRECTS or not max_bytes:
        return b""
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in PLAIN:
        raise TemporaryRemoteError(PACKED.format(coding=coding[:20]))
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise TooLarge
    limits.bytes_left += max_bytes + OVERHEAD_BYTES
    body = bytearray()
    for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge
    return bytes(body)


def _under_root(service: Service, url: str) -> str:
    """Return the absolute URL, after checking that it is under the root."""
    if not url.startswith(("http://", "https://")):
        url = f"{service.api_root.rstrip('/')}/{url}"
    root = parse_url(service.api_root).url
    if not parse_url(url).url.startswith(root):
        raise PermanentRemoteError(
            _("Het adres ligt niet onder de API-root van {service}.").format(
                service=service.label
            )
        )
    return url
