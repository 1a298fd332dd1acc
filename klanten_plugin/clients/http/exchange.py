"""One exchange with a remote API: open, send, read within limits, forget.

Every request of ours goes through :func:`exchange`. What an answer means is for the
table of its API, see :mod:`.answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import requests
from zgw_consumers.client import build_client
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from ...conf import settings
from ...exceptions import ConfigurationError, TemporaryRemoteError
from .deadlines import Deadline, DeadlineAdapter
from .reply import Reply

EXTRA_SECONDS = 5.0
"""How much longer the whole of a call may take than one wait of the Service."""

PART_OF_LEASE = 0.75
"""No call takes longer than that part of a lease, or another worker would start it too."""

MAX_RESPONSE_BYTES = 1024 * 1024
CHUNK_BYTES = 64 * 1024

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

    Raises :class:`ConfigurationError` if the Service can't authenticate, and
    :class:`TemporaryRemoteError` if it can't be reached, doesn't answer in time, or
    answers more than ``max_bytes``.
    """
    with _open(service) as client:
        before_sending.get()()
        with client.request(
            method, url, stream=True, allow_redirects=False, **options
        ) as response:
            content = _read(response, max_bytes)
            return Reply(response.status_code, response.headers, content)


@contextmanager
def _open(service: Service) -> Iterator[requests.Session]:
    """A session of the Service whose calls together have one time limit."""
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
    if isinstance(client.verify, str):
        # of the Service: without this REQUESTS_CA_BUNDLE would take its place, with
        # zgw-consumers before 2.1
        client.trust_env = False
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


def _read(response: requests.Response, max_bytes: int) -> bytes:
    """The body of a streamed response, up to the limit."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise TemporaryRemoteError("Het antwoord is te groot.")
    return bytes(body)
