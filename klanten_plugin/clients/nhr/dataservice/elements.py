"""Find elements and texts of KVK's catalogue in a response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml.etree import QName, _Element as Element

from ..profiles import has_passed, text
from .namespaces import catalogue

YES = "J"
"""Code for "yes" in enumerations."""

OF_THE_RELATION = {"extraElementen", "relatieRegistratie"}
"""Elements in a relation that precede its target."""


def one(element: Element | None, path: str) -> Element | None:
    """Return the first element at a path of names, such as ``adres/binnenlandsAdres``."""
    return None if element is None else element.find(_qualified(path))


def every(element: Element | None, path: str) -> Iterator[Element]:
    """Return all elements at a path, in the order of the message."""
    return iter(()) if element is None else element.iterfind(_qualified(path))


def text_at(element: Element | None, path: str) -> str:
    """Return the text of the first element at a path, "" without one."""
    found = one(element, path)
    return "" if found is None else text(found.text)


def code_at(element: Element | None, path: str) -> str:
    """Return the code of an enumeration, or ""."""
    return text_at(element, f"{path}/code")


def kind_of(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(QName(element).localname)


def first_child(element: Element | None) -> Element | None:
    """Return the only element of a choice."""
    return next(iter(element), None) if element is not None else None


def related(element: Element | None) -> Element | None:
    """Return the target of a relation, such as the owner in ``heeftAlsEigenaar``."""
    found: Iterable[Element] = () if element is None else element
    return next((each for each in found if kind_of(each) not in OF_THE_RELATION), None)


def is_ended(element: Element | None) -> bool:
    """Whether the registration of an element has ended."""
    return has_passed(text_at(element, "registratie/datumEinde"))


def _qualified(path: str) -> str:
    return "/".join(map(catalogue, path.split("/")))
