"""Does a ``subject`` exist? (kla-002)

The URL is a consumer's, so the answer is asked for with care: one GET per hop, with
credentials only for a Service that covers the URL, addresses inside the operator's
network only where a Service covers them, and limits on everything.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext_lazy as _

import requests
import structlog
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.util import parse_url
from zgw_consumers.client import build_client
from zgw_consumers.models import Service

from ...conf import settings
from ..http.deadlines import Deadline, DeadlineAdapter
from .own_resources import is_own_host, is_own_resource

logger = structlog.stdlib.get_logger(__name__)

MAX_REDIRECTS = 5
SCHEMES = ("http", "https")
MIN_SECONDS = 0.001
"""Zero would mean no limit at all."""
HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}

SUBJECT_NOT_FOUND = _(
    "De URL van het subject is niet op te halen: een GET geeft geen 200."
)


class _Refused(Exception):
    """This URL is not asked for at all."""


class _GuardedAdapter(DeadlineAdapter, IPFilterAdapter):
    """Connects to public addresses alone, to just the address that it looked at."""


def subject_exists(url: str, request_host: str = "") -> bool:
    """Whether a GET of ``url`` eventually answers 200, within the time limit.

    What this host serves itself, under its own domain or ``request_host``, is looked up.

    Never raises, and says nothing of why not: what is learned about the network by
    asking for a URL is for the log, not for the consumer.
    """
    if is_own_host(url, request_host):
        return is_own_resource(url)
    deadline = Deadline(settings.SUBJECT_TIMEOUT)
    try:
        return _eventually_ok(url, deadline)
    except Exception as error:  # noqa: BLE001 - each way to authenticate has its own
        # no URL and no text of the error: both may hold what identifies a person
        host = _hostname(url)
        logger.info("subject_not_found", host=host, error=type(error).__name__)
        return False
    finally:
        deadline.release()


def _eventually_ok(url: str, deadline: Deadline) -> bool:
    for _hop in range(MAX_REDIRECTS + 1):
        # without dot segments, which could lead out of the root of a Service
        url = parse_url(url).url
        service = _service_for(url)
        status, location = deadline.run(partial(_ask, url, service, deadline))
        if location is None:
            return bool(status == requests.codes.ok)
        url = urljoin(url, location)
    return False


def _service_for(url: str) -> Service | None:
    """The Service that covers ``url``; raises :class:`_Refused` where one must."""
    if urlsplit(url).scheme not in SCHEMES or not _hostname(url):
        raise _Refused
    service: Service | None = Service.get_service(url)
    if service is None and settings.SUBJECT_HOSTS == "services":
        raise _Refused
    return service


def _ask(
    url: str, service: Service | None, deadline: Deadline
) -> tuple[int, str | None]:
    """The status of one GET, and where it redirects to."""
    with (
        _session(service, deadline) as session,
        # streamed and closed: of the body nothing is read, whatever its size
        session.get(
            url,
            headers=HEADERS,
            timeout=max(deadline.remaining, MIN_SECONDS),
            stream=True,
            allow_redirects=False,
        ) as response,
    ):
        location = response.headers["Location"] if response.is_redirect else None
        return response.status_code, location


def _session(service: Service | None, deadline: Deadline) -> requests.Session:
    if service is not None:
        client: requests.Session = build_client(service)
        # a gateway's rewriting of URLs in the body would read all of it
        client.hooks["response"] = []
        _mount(client, deadline, guarded=False)
        return client
    session = requests.Session()
    # neither a proxy nor a .netrc with credentials of the machine's own
    session.trust_env = False
    _mount(session, deadline, guarded=settings.SUBJECT_HOSTS != "all")
    return session


def _mount(session: requests.Session, deadline: Deadline, *, guarded: bool) -> None:
    for scheme in SCHEMES:
        if guarded:
            is_https = scheme == "https"
            adapter: requests.adapters.HTTPAdapter = _GuardedAdapter(
                deadline, is_https_proto=is_https
            )
        else:
            adapter = DeadlineAdapter(deadline)
        session.mount(f"{scheme}://", adapter)


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # such as a bracket that isn't closed
        return None
