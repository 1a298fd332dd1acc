"""What is a source of contact data?

An operator's own class is one, too: it is made with the ``Service`` that was chosen
with it (or ``None``), and has the attributes and the method of :class:`Source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from zgw_consumers.models import Service

from ...constants import NhrSoort
from ...models.nhr import NhrNummer


@dataclass(frozen=True)
class Answer:
    """What a source says of a number.

    ``values`` has the fields of the klant that it gives a value for: texts, and for
    ``adres`` a mapping of the fields of the address. What isn't there stays as it is.
    ``remarks`` are pairs of a field ("" for the whole) and why it isn't in ``values``.
    ``found`` is false where the register has nothing under the number, ``closed`` true
    where what it has was ended: then nothing is taken over from any source.
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
    """A register, or what stands before one."""

    name: str
    """For administrators and the audit trail."""
    soorten: frozenset[NhrSoort]
    """The numbers that it can be asked for."""
    fields: frozenset[str]
    """The fields of a klant that it can deliver at all; no other is ever touched.

    A value that it gave and says nothing of any more is emptied, or marked.

    Not required, so that it isn't declared here: ``tells_shielding = True`` of a source
    that marks addresses as shielded. Of one that doesn't, no address is taken where a
    more trusted source that does gives none.
    """

    def look_up(self, number: NhrNummer) -> Answer:
        """Ask for one number.

        ``number.kvk_nummer`` is the KVK-nummer that it belongs to, "" where no source
        has told that yet.

        Raises ``TemporaryRemoteError`` where later may go better, ``ConfigurationError``
        where no number can be asked for, ``PermanentRemoteError`` where this one can't.
        """
        ...


@runtime_checkable
class Probed(Protocol):
    """A source that can be tried out; an operator's own needn't be one."""

    def probe(self) -> str:
        """Ask something that costs nothing, and say what was asked.

        Raises what :meth:`Source.look_up` raises.
        """
        ...


class SourceFactory(Protocol):
    """Makes a source: most are classes."""

    def __call__(self, service: Service | None) -> Source:
        """The source at this Service."""
        ...
