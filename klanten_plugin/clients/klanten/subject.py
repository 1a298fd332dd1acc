"""Does a ``subject`` exist? (kla-002)

The URL is a consumer's, so the answer is asked for with care: one GET per hop, with
credentials only for a Service that was named for subjects, addresses inside the
operator's network only under such a Service, and limits on everything.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext_lazy as _

import requests
import structlog
from urllib3.util import parse_url
from zgw_consumers.models import Service

from ...conf import settings
from ..http.deadlines import Deadline
from ..http.exchange import deadline_of, send, session_for
from ..http.reply import Reply
from ..http.wire import Limits
from .own_resources import is_own_host, is_own_resource
from .restraint import TooBusy, is_silent, one_of_a_few, remember_silence
from .subject_services import service_for

logger = structlog.stdlib.get_logger(__name__)

MAX_REDIRECTS = 5
SCHEMES = ("http", "https")
HEADERS = {"Accept": "*/*"}
NEARLY_SECONDS = 0.05
"""With less time left than this, a failure is one of time."""

SUBJECT_NOT_FOUND = _(
    "De URL van het subject is niet op te halen: een GET geeft geen 200."
)
SUBJECT_SILENT = _(
    "De server van het subject gaf kort geleden geen antwoord binnen de tijd, en wordt "
    "nu niet opnieuw gevraagd. Probeer het later nog eens."
)
SUBJECT_BUSY = _(
    "Er worden al te veel subjecten tegelijk opgehaald. Probeer het later nog eens."
)


class _Refused(Exception):
    """This URL is not asked for at all."""


class _Silent(Exception):
    """This host isn't asked now."""


NOT_ASKED = {_Silent: SUBJECT_SILENT, TooBusy: SUBJECT_BUSY}


def fault_of_subject(url: str, request_host: str = "") -> Any:
    """Return ``None`` if a GET of ``url`` eventually answers 200, else the reason.

    What this host serves itself, under its own domain or ``request_host``, is looked up.

    Never raises. The reason tells nothing of the network: what is learned about that by
    asking for a URL is for the log, not for the consumer.
    """
    if is_own_host(url, request_host):
        return None if is_own_resource(url) else SUBJECT_NOT_FOUND
    try:
        with one_of_a_few(), deadline_of(settings.SUBJECT_TIMEOUT) as deadline:
            found = _eventually_ok(url, deadline)
    except (_Silent, TooBusy) as error:
        return NOT_ASKED[type(error)]
    except Exception as error:  # noqa: BLE001 - each way to authenticate has its own
        # no URL and no text of the error: both may hold what identifies a person
        host = _hostname(url)
        logger.info("subject_not_found", host=host, error=type(error).__name__)
        found = False
    return None if found else SUBJECT_NOT_FOUND


def _eventually_ok(url: str, deadline: Deadline) -> bool:
    spent: dict[str, float] = defaultdict(float)
    for _hop in range(MAX_REDIRECTS + 1):
        # without dot segments, which could lead out of the root of a Service
        url = str(parse_url(url).url)
        service, host = _service_for(url), _hostname(url) or ""
        if is_silent(host):
            raise _Silent
        start = time.monotonic()
        try:
            reply = _ask(url, service, deadline)
        except Exception:
            spent[host] += time.monotonic() - start
            if deadline.remaining < NEARLY_SECONDS:
                # who took most of the time, not who was asked last
                remember_silence(max(spent, key=lambda name: spent[name]))
            raise
        spent[host] += time.monotonic() - start
        location = reply.headers.get("Location")
        if location is None or reply.status not in requests.models.REDIRECT_STATI:
            return bool(reply.status == requests.codes.ok)
        url = urljoin(url, location)
    return False


def _service_for(url: str) -> Service | None:
    """The Service that gives its credentials; :class:`_Refused` without a needed one."""
    if urlsplit(url).scheme not in SCHEMES or not _hostname(url):
        raise _Refused
    service = service_for(url)
    if service is None and settings.SUBJECT_HOSTS == "services":
        raise _Refused
    return service


def _ask(url: str, service: Service | None, deadline: Deadline) -> Reply:
    """The answer of one GET, without its body."""
    request = requests.Request("GET", url, headers=HEADERS)
    if service is not None:
        with session_for(service, deadline) as session:
            return send(session, request, Limits(deadline), max_bytes=0)
    public_only = settings.SUBJECT_HOSTS != "all"
    with requests.Session() as session:
        # neither a proxy nor a .netrc with credentials of the machine's own
        session.trust_env = False
        return send(session, request, Limits(deadline, public_only), max_bytes=0)


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # such as a bracket that isn't closed
        return None
