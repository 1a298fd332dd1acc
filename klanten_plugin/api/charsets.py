"""Keep requests with an impossible charset from failing before they are requests.

``Content-Type: application/json; charset=hex`` names a codec that Python has, but that
isn't one of text. Django takes it all the same, and then can't read the query string:
it fails while it makes the request, where no view and no middleware can answer. So the
charset is taken away before, and remembered for the view to refuse.
"""

from __future__ import annotations

from typing import Any

from django.core.signals import request_started
from django.dispatch import receiver
from django.utils.http import parse_header_parameters

REFUSED = "klanten_plugin.refused_charset"
"""Key in the WSGI environment under which the charset is remembered."""


@receiver(request_started)
def remember_impossible_charset(
    sender: type, environ: dict[str, Any] | None = None, **kwargs: Any
) -> None:
    """Take a charset that isn't one of text out of the environment of a request."""
    content_type = (environ or {}).get("CONTENT_TYPE") or ""
    if environ is None or "charset" not in content_type.lower():
        return
    media_type, parameters = parse_header_parameters(content_type)
    charset = parameters.get("charset", "")
    if not _is_of_text(charset):
        environ[REFUSED] = charset
        environ["CONTENT_TYPE"] = media_type


def _is_of_text(charset: str) -> bool:
    """Whether a query string can be read in it, as Django reads one."""
    try:
        b"a=b&".decode(charset, "replace")
    except (LookupError, ValueError):
        return False
    return True
