"""Supported charsets of JSON, and protection against charsets that aren't for text.

``Content-Type: application/json; charset=hex`` names a Python codec that isn't a text
encoding. Django accepts it and then can't decode the query string: it raises while it
creates the request, before any view or middleware can respond. The charset is therefore
removed beforehand, and stored for the view to refuse.
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
"""Python's names of the supported codecs besides UTF-8.

Python also has codecs that aren't charsets, such as ``unicode_escape``. """

MAX_MEDIA_TYPE = 255
"""Maximum length of a type and subtype by RFC 6838 (127 characters each)."""

REFUSED = "klanten_plugin.refused_charset"
"""Key in the WSGI environment for the removed charset."""


def named_charset(request: HttpRequest) -> str:
    """Return the charset in the Content-Type of a request, by default UTF-8."""
    refused: str | None = request.META.get(REFUSED)
    if refused is not None:
        return refused
    charset: str = (request.content_params or {}).get("charset", "utf-8")
    return charset.strip("\"'")


def codec_of(charset: str) -> str | None:
    """Return the codec for JSON in this charset, or ``None`` if it isn't supported."""
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
    """Remove parts of the Content-Type that Django can't handle.

    These are charsets that aren't text encodings, and parameters that are too long or
    in an unknown encoding.
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
    """Whether a query string can be decoded with it, as Django does."""
    try:
        b"a=b&".decode(charset, "replace")
    except (LookupError, ValueError):
        return False
    return True
