"""The protocol of sources of contact data.

Custom sources implement it as well: a class that is instantiated with the configured
``Service`` (or ``None``), and has the attributes and the method of :class:`Source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from ...constants import NhrSoort
from ...models.nhr import NhrNummer


@dataclass(frozen=True)
class Answer:
    """The answer of a source for a number.

    ``values`` maps fields of the klant to their values: strings, and for ``adres`` a
    mapping of its fields. ``remarks`` are pairs of a field ("" for the whole) and the
    reason why it isn't in ``values``. ``found`` is false if the register has no data
    for the number. ``closed`` is true if the registration has ended; then nothing is
    taken over from any source.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[tuple[str, str], ...] = ()
    found: bool = True
    closed: bool = False
    adres_shielded: bool = False
    kvk_nummer: str = ""


NOTHING = Answer(found=False)


@runtime_checkable
class Source(Protocol):
    """A register, or a facade of one."""

    name: str
    """The name for administrators and the audit trail."""
    soorten: frozenset[NhrSoort]
    """The kinds of numbers that it can look up."""
    fields: frozenset[str]
    """The fields of a klant that it can provide. No other field is changed.

    A value that it gave and no longer has is emptied or marked.

    The optional attribute ``tells_shielding = True`` declares that a source marks
    addresses as shielded. From sources without it, no address is taken over if a more
    trusted source with it gives none. """

    def look_up(self, number: NhrNummer) -> Answer:
        """Look up a number.

        ``number.kvk_nummer`` is the corresponding KVK-nummer, or "" if it isn't known
        yet.

        Raises ``TemporaryRemoteError`` if it can be retried, ``ConfigurationError`` if
        no number can be looked up, and ``PermanentRemoteError`` if this one can't.
        """
        ...


@runtime_checkable
class Probed(Protocol):
    """A source that can be tested. Optional for custom sources."""

    def probe(self) -> str:
        """Send a free request, and return a description of it.

        Raises the same exceptions as :meth:`Source.look_up`.
        """
        ...
