"""Expected state of a klant according to the documentation, without code of the plugin.

The rules are those of "What is taken over from where", "What the register no longer
says" and "How overriding works" in docs/nhr.md. Values are texts here; that of an
address is its street.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FIELDS = ("bedrijfsnaam", "telefoonnummer", "functie", "adres")
ENDED, UNKNOWN, DOWN, REFUSES = "ended", "unknown", "down", "refuses"
TROUBLE = (ENDED, UNKNOWN, DOWN, REFUSES)
FAILED = (DOWN, REFUSES)
TOO_LONG = 300
"""Characters of a text that is too long for any field."""


@dataclass(frozen=True)
class Values:
    """Values of a source for a number. ``shields``: whether it marks the address."""

    of: Mapping[str, str]
    shields: bool = False


Says = str | Values
"""The answer of a source for a number: values, or one of the words above."""


@dataclass(frozen=True)
class SourceRules:
    """A source as an administrator configures it."""

    name: str
    fields: frozenset[str]
    tells_shielding: bool


@dataclass(frozen=True)
class Choices:
    """The settings for values that the register no longer provides."""

    empty_absent: bool = True
    empty_ended: bool = False
    remove_shielded: bool = False


@dataclass
class Value:
    """A field in the oracle: its origin, and the last value of the register."""

    text: str = ""
    owner: str = ""
    """"consumer", "handed back", the name of a source, or "" if it is empty."""
    former: bool = False
    """Of the previous number."""
    gone: bool = False
    """"Stond tot" in the admin."""
    given: tuple[str, str] | None = None


@dataclass
class Heard:
    """The combined answer of all sources."""

    facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    unfit: set[str] = field(default_factory=set)
    have_it: set[str] = field(default_factory=set)
    lack_it: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    closed_to: set[str] = field(default_factory=set)
    """Fields that no less trusted source may provide."""
    silent: set[str] = field(default_factory=set)
    has_ended: bool = False
    shielded: bool = False
    adres_withheld: bool = False
    """Whether a source that can express shielding gives no address."""
    adres_is_public: bool = False
    """Whether such a source provided the address."""

    @property
    def nobody_answered(self) -> bool:
        return bool(self.failed) and not (self.have_it or self.lack_it)


def listen(sources: Sequence[SourceRules], said: Mapping[str, Says]) -> Heard:
    """Combine the answers of the sources, the most trusted first."""
    heard = Heard()
    for source in sources:
        if not source.fields - set(heard.facts) - heard.closed_to:
            continue  # it can't add anything, so it isn't queried
        says = said[source.name]
        if says in FAILED:
            heard.failed[source.name] = str(says)
            heard.closed_to |= source.fields
        elif says == UNKNOWN:
            heard.lack_it.add(source.name)
        else:
            heard.have_it.add(source.name)
        if says == ENDED:
            heard.has_ended = True
            break
        if isinstance(says, Values):
            _hear(source, says, heard)
    heard.silent -= set(heard.facts) | heard.unfit | heard.closed_to
    return heard


def _hear(source: SourceRules, says: Values, heard: Heard) -> None:
    heard.silent |= source.fields
    if says.shields and not heard.adres_is_public:
        # from no source, including those that were used before
        heard.facts.pop("adres", None)
        heard.shielded = True
        heard.closed_to.add("adres")
    for name, text in says.of.items():
        if name in heard.facts or name in heard.closed_to:
            continue
        if name == "adres" and heard.adres_withheld and not source.tells_shielding:
            continue
        if len(text) > TOO_LONG:
            heard.unfit.add(name)
        else:
            heard.facts[name] = (text, source.name)
    heard.unfit -= set(heard.facts)
    if source.tells_shielding and "adres" in source.fields:
        heard.adres_withheld |= "adres" not in says.of
        heard.adres_is_public |= heard.facts.get("adres", ("", ""))[1] == source.name


@dataclass
class Oracle:
    """The klant according to the documentation."""

    number: str
    choices: Choices
    sources: Sequence[SourceRules]
    values: dict[str, Value] = field(
        default_factory=lambda: {name: Value() for name in FIELDS}
    )

    def write(self, name: str, text: str) -> None:
        value = self.values[name]
        if text == value.text:
            return
        owner = "consumer" if text else ""
        if not value.text and value.given and value.given[0] == text:
            owner = value.given[1]  # the consumer sent the register's value back
        if value.former and not text:
            value.given = None
        value.text, value.owner = text, owner
        value.former = value.gone = False

    def hand_back(self, name: str) -> None:
        value = self.values[name]
        if value.owner == "consumer" and self.number:
            value.owner, value.given = "handed back", (value.text, "handed back")

    def renumber(self, number: str) -> None:
        if number == self.number:
            return
        self.number = number
        for value in self.values.values():
            if self._is_given(value):
                value.former = True
            else:
                value.gone = False
                if value.owner != "handed back":
                    value.given = None
            if value.former and not number:
                _empty(value)

    def refresh(self, said: Mapping[str, Says]) -> None:
        heard = listen(self.sources, said)
        if heard.nobody_answered and DOWN in heard.failed.values():
            return
        over = heard.has_ended or not (heard.have_it or heard.failed)
        for name, value in self.values.items():
            if value.owner == "consumer":
                continue
            fact = None if heard.has_ended else heard.facts.get(name)
            if fact:
                _give(value, *fact)
            elif self._is_given(value):
                self._unsaid(name, value, heard, over=over)

    def _unsaid(self, name: str, value: Value, heard: Heard, *, over: bool) -> None:
        """Apply a row of the table: the register no longer provides the value."""
        choices = self.choices
        if value.former:
            _empty(value)
        elif over:
            _lose(value, emptied=choices.empty_ended)
        elif name == "adres" and heard.shielded:
            if choices.remove_shielded:
                _empty(value)  # nor is it kept anywhere else
        elif name in heard.silent and value.owner in heard.have_it:
            _lose(value, emptied=choices.empty_absent)
        elif name in heard.unfit or value.owner in heard.lack_it:
            _lose(value, emptied=False)

    def _is_given(self, value: Value) -> bool:
        return value.owner in {one.name for one in self.sources}


def _give(value: Value, text: str, source: str) -> None:
    value.former = value.gone = False
    if value.text != text:
        value.text, value.owner, value.given = text, source, (text, source)


def _lose(value: Value, *, emptied: bool) -> None:
    value.gone = True
    if emptied:
        value.text, value.owner, value.given = "", "", ("", "")


def _empty(value: Value) -> None:
    value.text, value.owner, value.given = "", "", None
    value.former = value.gone = False
