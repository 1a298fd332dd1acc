"""Parse JSON, with clear errors for invalid input."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from djangorestframework_camel_case.util import camel_to_underscore
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from ..conf import settings
from .bodies import BodyTooLarge, read_body


class KlantenJSONParser(BaseParser):
    """Parse JSON in the charset of the request into mappings with snake_case keys.

    Keys can be in camelCase or snake_case, as in the reference implementation.
    """

    media_type = "application/json"

    @property
    def max_bytes(self) -> int:
        """Return the maximum size of a body."""
        return settings.MAX_BODY_BYTES

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body. Raises :class:`BodyTooLarge` and ``ParseError``."""
        encoding = (parser_context or {}).get("encoding", "utf-8-sig")
        content = read_body(stream.read, self.max_bytes + 1)
        if len(content) > self.max_bytes:
            raise BodyTooLarge
        try:
            body = json.loads(
                content.decode(encoding),
                object_pairs_hook=_mapping,
                parse_constant=_refuse_constant,
                parse_float=_finite_float,
            )
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error
        except ValueError as error:
            raise ParseError(_("De inhoud is geen geldige JSON.")) from error
        if _is_deeper(body, MAX_DEPTH):
            raise ParseError(TOO_DEEP)
        return body


MAX_DEPTH = 32
"""Maximum nesting of objects and lists; the document has four levels."""

TOO_DEEP = _("De JSON is te diep genest.")


def field_name(key: str) -> str:
    """Return the snake_case name of a key in any supported spelling."""
    return str(camel_to_underscore(key))


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = {field_name(key): value for key, value in pairs}
    if len(mapping) != len(pairs):
        # duplicate keys are ambiguous
        raise ParseError(_("Een sleutel komt meer dan eens voor in hetzelfde object."))
    return mapping


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _level in range(depth + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> Any:
    raise ParseError(_("NaN en Infinity zijn geen geldige JSON."))


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ParseError(_("De JSON bevat een getal dat te groot is."))
    return number
