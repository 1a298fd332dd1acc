"""Which charsets JSON may be in; and requests that name none that is one of text.

``Content-Type: application/json; charset=hex`` names a codec that Python has, but that
isn't one of text. Django takes it all the same, and then can't read the query string:
it fails while it makes the request, where no view and no middleware can answer. So the
charset is taken away before, and remembered for the view to refuse.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

from django.core.signals import request_started
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.http import parse_header_parameters

KNOWN = re.compile(r"ascii|utf-8-sig|utf-(16|32)(-[bl]e)?|iso8859-\d+|cp125\d")
"""Python's names of the codecs that consumers may use beside UTF-8.

Python also has codecs that aren't charsets, such as ``unicode_escape``.
"""

MAX_MEDIA_TYPE = 255
"""Characters of a type and subtype, by RFC 6838 (127 each)."""

REFUSED = "klanten_plugin.refused_charset"
"""Key in the WSGI environment under which the charset is remembered."""


def named_charset(request: HttpRequest) -> str:
    """The charset that the Content-Type of a request names; UTF-8 where it names none."""
    refused: str | None = request.META.get(REFUSED)
    if refused is not None:
        return refused
    charset: str = (request.content_params or {}).get("charset", "utf-8")
    return charset.strip("\"'")


def codec_of(charset: str) -> str | None:
    """The codec for JSON in this charset; ``None`` for one that JSON can't be in."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None
    if name == "utf-8":
        return "utf-8-sig"  # skips a byte order mark
    return name if KNOWN.fullmatch(name) else None


@receiver(request_started)
def remember_impossible_charset(
    sender: type, environ: dict[str, Any] | None = None, **kwargs: Any
) -> None:
    """Take out of a request what Django can't read a Content-Type with.

    That is a charset that isn't one of text, and parameters that are too long or in an
    encoding of their own that is unknown.
    """
    content_type = (environ or {}).get("CONTENT_TYPE") or ""
    if environ is None or not content_type:
        return
    try:
        media_type, parameters = parse_header_parameters(content_type)
        refused = not _is_of_text(parameters.get("charset", "utf-8"))
        charset = parameters.get("charset", "")
    except ValueError:
        media_type, _semicolon, rest = content_type.partition(";")
        charset = rest.lower().partition("charset=")[2]
        refused = True
    if refused:
        environ[REFUSED] = charset
        environ["CONTENT_TYPE"] = media_type[:MAX_MEDIA_TYPE].strip().lower()


def _is_of_text(charset: str) -> bool:
    """Whether a query string can be read in it, as Django reads one."""
    try:
        b"a=b&".decode(charset, "replace")
    except (LookupError, ValueError):
        return False
    return True
