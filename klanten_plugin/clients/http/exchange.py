"""One exchange with a remote API: send, read within limits, forget.

Every request of ours goes through here: :func:`exchange` for a Service,
:func:`send` for a session that the caller made. What an answer means is for the table of
its API, see :mod:`.answers`.

Nothing is read that wasn't asked for: no body of a redirect, nothing beyond the limits,
nothing after the deadline. Packed bodies (gzip, deflate, br) aren't asked for, and are
refused if they come all the same, so nothing is ever unpacked. Requests don't go through
``Session.request``: libraries that log outgoing requests patch that, and would write our
credentials to the logs of the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
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
"""How much longer the whole of a call may take than one wait of the Service."""

PART_OF_LEASE = 0.75
"""No call takes longer than that part of a lease, or another worker would start it too."""

MAX_RESPONSE_BYTES = 1024 * 1024
OVERHEAD_BYTES = 64 * 1024
"""What the lines between chunks may take beside the body."""

CHUNK_BYTES = 64 * 1024
REPEATABLE = frozenset({"GET", "HEAD"})
"""Methods of requests that are sent again at once, on a new connection, if a kept one
turns out to be closed. Whether another request was carried out isn't known, so the
caller decides about it.
"""

PLAIN = ("", "identity")
HEADERS = {"Accept-Encoding": "identity"}
TOO_LARGE = gettext_lazy("Het antwoord is te groot.")
PACKED = gettext_lazy(
    "Het antwoord is ingepakt ({coding}), terwijl daar niet om is gevraagd."
)

before_sending: ContextVar[Callable[[], None]] = ContextVar(
    "before_sending", default=lambda: None
)
"""Called right before each request of :func:`exchange` is sent.

A worker sets it to look whether the work is still its own; what it raises goes to the
caller, and nothing is sent.
"""


def exchange(
    service: Service,
    method: str,
    url: str,
    *,
    max_bytes: int = MAX_RESPONSE_BYTES,
    **options: Any,
) -> Reply:
    """Send one request with the credentials of the Service, and read the answer.

    ``url`` is relative to the API root, or lies under it; ``options`` are ``json``,
    ``params`` and ``headers`` as ``requests`` takes them. Redirects are returned, never
    followed: the credentials are for this Service alone.

    Raises :class:`ConfigurationError` if the Service can't authenticate,
    :class:`PermanentRemoteError` for a URL outside the API root, and
    :class:`TemporaryRemoteError` if it can't be reached, doesn't answer in time, or
    answers more than ``max_bytes``.
    """
    seconds = min(
        service.timeout + EXTRA_SECONDS, settings.OUTBOX_LEASE * PART_OF_LEASE
    )
    request = requests.Request(method, _under_root(service, url), **options)
    with (
        _reaching(service.label),
        deadline_of(seconds) as deadline,
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
    """Send one request, and read its answer within the limits.

    ``seconds`` limits each wait for bytes. With ``max_bytes`` 0 no body is read at all.
    Raises exceptions of ``requests``, or :class:`TemporaryRemoteError`.
    """
    request.headers = {**HEADERS, **(request.headers or {})}
    prepared = session.prepare_request(request)
    session.get_redirect_target = _no_target  # type: ignore[method-assign, assignment]
    wait = min(seconds or limits.seconds, limits.seconds)
    try:
        return _send(session, prepared, limits, max_bytes, wait)
    except requests.ConnectionError:
        if not (_was_stale(limits) and prepared.method in REPEATABLE):
            raise
    again = replace(limits, keep=False, is_reused=False)
    return _send(session, prepared, again, max_bytes, min(wait, limits.seconds))


def _was_stale(limits: Limits) -> bool:
    """Whether the remote closed a kept connection, as far as one can tell."""
    return limits.is_reused and not limits.has_begun


def _send(
    session: requests.Session,
    prepared: requests.PreparedRequest,
    limits: Limits,
    max_bytes: int,
    wait: float,
) -> Reply:
    # not Session.request: see the docstring of this module
    environment = session.merge_environment_settings(
        prepared.url, proxies={}, stream=True, verify=None, cert=None
    )
    try:
        with _mounted(session, prepared, limits, environment):
            with session.send(
                prepared, timeout=wait, allow_redirects=False, **environment
            ) as response:
                content = _read(response, limits, max_bytes)
            return Reply(response.status_code, response.headers, content)
    except TooLarge as error:
        raise TemporaryRemoteError(TOO_LARGE) from error
    except HTTPError as error:  # of urllib3, while the body is read
        raise requests.ConnectionError(error) from error


@contextmanager
def _mounted(
    session: requests.Session,
    prepared: requests.PreparedRequest,
    limits: Limits,
    environment: Mapping[str, Any],
) -> Iterator[None]:
    """Give the session an adapter, and take it away: closing would close both."""
    with adapter_for(str(prepared.url), limits, environment) as adapter:
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        try:
            yield
        finally:
            session.adapters.clear()


def _no_target(_response: requests.Response) -> None:
    """Redirect to nowhere: ``requests`` would read the body of a redirect whole."""


def _read(response: requests.Response, limits: Limits, max_bytes: int) -> bytes:
    """The body, as far as one is wanted; refused by its headers before it is read."""
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
    """The URL in full. Dot segments are resolved: they could lead out of the root."""
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


@contextmanager
def deadline_of(seconds: float) -> Iterator[Deadline]:
    """A deadline for the exchanges in this context."""
    deadline = Deadline(seconds)
    try:
        yield deadline
    finally:
        deadline.release()


@contextmanager
def _reaching(label: str) -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, TimeoutError) as error:
        # not its text: that holds the URL, and now and then the body
        message = _("{label} is niet bereikbaar ({error}).").format(
            label=label, error=type(error).__name__
        )
        raise TemporaryRemoteError(message) from error
