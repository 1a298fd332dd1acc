"""Check whether a ``subject`` exists (kla-002).

The URL comes from a consumer, so requests are restricted: one GET per hop, credentials
only for a Service that is configured for subjects, addresses inside the operator's
network only under such a Service, and limits on time and size.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import closing
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext_lazy as _

import requests
import structlog
from urllib3.util import parse_url
from zgw_consumers.models import Service

from ...conf import settings
from ..http.deadlines import Deadline
from ..http.exchange import send, session_for
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
"""Remaining seconds below which a failure counts as a timeout."""

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
    """This URL must not be fetched."""


class _Silent(Exception):
    """This host is skipped after a recent timeout."""


NOT_ASKED = {_Silent: SUBJECT_SILENT, TooBusy: SUBJECT_BUSY}


def fault_of_subject(url: str, request_host: str = "") -> Any:
    """Return ``None`` if a GET of ``url`` eventually returns 200, else the reason.

    Resources of this host, under its own domain or ``request_host``, are checked in the
    database. Never raises. The reason reveals nothing about the network; details are
    only logged.
    """
    if is_own_host(url, request_host):
        return None if is_own_resource(url) else SUBJECT_NOT_FOUND
    try:
        with one_of_a_few(), closing(Deadline(settings.SUBJECT_TIMEOUT)) as deadline:
            found = _eventually_ok(url, deadline)
    except (_Silent, TooBusy) as error:
        return NOT_ASKED[type(error)]
    except Exception as error:  # noqa: BLE001 - each authentication has its own
        # without the URL and the text of the error, which can identify a person
        host = _hostname(url)
        logger.info("subject_not_found", host=host, error=type(error).__name__)
        found = False
    return None if found else SUBJECT_NOT_FOUND


def _eventually_ok(url: str, deadline: Deadline) -> bool:
    spent: dict[str, float] = defaultdict(float)
    for _hop in range(MAX_REDIRECTS + 1):
        # normalised, because dot segments could leave the root of a Service
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
                # the host that took most of the time, not the last one
                remember_silence(max(spent, key=lambda name: spent[name]))
            raise
        spent[host] += time.monotonic() - start
        location = reply.headers.get("Location")
        if location is None or reply.status not in requests.models.REDIRECT_STATI:
            return bool(reply.status == requests.codes.ok)
        url = urljoin(url, location)
    return False


def _service_for(url: str) -> Service | None:
    """Return the Service with the credentials, if any. Raises :class:`_Refused`."""
    if urlsplit(url).scheme not in SCHEMES or not _hostname(url):
        raise _Refused
    service = service_for(url)
    if service is None and settings.SUBJECT_HOSTS == "services":
        raise _Refused
    return service


def _ask(url: str, service: Service | None, deadline: Deadline) -> Reply:
    """Return the response to a GET, without its body."""
    request = requests.Request("GET", url, headers=HEADERS)
    if service is not None:
        with session_for(service, deadline) as session:
            return send(session, request, Limits(deadline), max_bytes=0)
    public_only = settings.SUBJECT_HOSTS != "all"
    with requests.Session() as session:
        # neither the proxy nor the .netrc of the machine
        session.trust_env = False
        return send(session, request, Limits(deadline, public_only), max_bytes=0)


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # for example an unbalanced bracket
        return None
