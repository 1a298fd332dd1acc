"""Parse untrusted XML: no entities, no external references, a depth limit."""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element as Element

MAX_DEPTH = 100
"""Maximum depth of elements; the deepest recorded response has 22."""

CHUNK_BYTES = 64 * 1024

LIMITS = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    # an unused index of ids, which would stay in memory
    "collect_ids": False,
}
"""Options of every parser for external XML."""


class NotReadable(Exception):
    """The content isn't XML, or has constructs that aren't allowed."""


def hardened_parser() -> etree.XMLParser:
    """Return a parser with those limits."""
    return etree.XMLParser(**LIMITS)


def parse(content: bytes) -> Element:
    """Return the root element. Raises :class:`NotReadable`.

    The content is fed in parts, so that excessive depth is detected before a tree is
    built.
    """
    parser = etree.XMLPullParser(events=("start", "end"), **LIMITS)
    depth = 0
    try:
        for offset in range(0, len(content), CHUNK_BYTES):
            parser.feed(content[offset : offset + CHUNK_BYTES])
            depth = _require_shallow(parser, depth)
        root: Element = parser.close()
    except etree.XMLSyntaxError as error:
        raise NotReadable from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotReadable
    return root


def _require_shallow(parser: etree.XMLPullParser, depth: int) -> int:
    for event, _element in parser.read_events():
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise NotReadable
    return depth
