"""The state of a full pass, and its transitions."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from .lists import FRUITLESS_ROUNDS, Walk

SHRINK_ROUNDS = 3
"""Maximum number of restarts of a pass because the list shrank."""

FOUND_PER_ROUND = 1 - 1 / math.e
"""Fraction of the missing relations that a round of an unordered list finds."""


class Phase(StrEnum):
    """The phases of a pass."""

    LIST = "list"
    """Read the complete list, in one or more rounds."""

    KNOWN = "known"
    """Fetch known relations that weren't met, because that takes less than a round."""

    KLANTEN = "klanten"
    """Query the relations of each klant, because that takes less than more rounds."""

    UNSEEN = "unseen"
    """Check each known relation that wasn't met, and retire missing ones."""


@dataclass
class PassState:
    """The state of a pass, storable as JSON and of constant size.

    ``after`` is the primary key of the last processed role or klant. ``round`` counts
    all rounds, ``shrunk`` those in which the list shrank, ``fruitless`` the latest ones
    in a row without new relations. ``per_klant`` is true if all klanten were queried,
    and ``hidden`` is the number of klanten with incomplete lists. ``began`` and
    ``stepped`` are seconds since the epoch.
    """

    walk: Walk = field(default_factory=Walk)
    phase: Phase = Phase.LIST
    round: int = 1
    after: int = 0
    shrunk: int = 0
    fruitless: int = 0
    met: int = 0
    per_klant: bool = False
    hidden: int = 0
    ours: int = 0
    dangling: int = 0
    changed: int = 0
    checked: int = 0
    retired: int = 0
    requests: int = 0
    began: float = 0.0
    stepped: float = 0.0
    complete: bool = False

    @classmethod
    def load(cls, stored: dict[str, Any]) -> PassState:
        """Load the result of :meth:`dump`."""
        values = {**stored, "walk": Walk(**stored["walk"])}
        return cls(**{**values, "phase": Phase(stored["phase"])})

    def dump(self) -> dict[str, Any]:
        """Return the state for JSON."""
        return asdict(self)

    @property
    def missing(self) -> int:
        """The number of relations that this pass didn't meet."""
        return max(0, self.walk.count - self.met)

    @property
    def is_complete(self) -> bool:
        """Whether all relations were met that can concern a klant of this API."""
        return not self.missing or (self.per_klant and not self.hidden)

    def next_round(self) -> None:
        """Start another round over the list, keeping what was met."""
        self.walk, self.round = Walk(), self.round + 1
        self.phase, self.after = Phase.LIST, 0
        self.ours = self.dangling = 0

    def begin(self, phase: Phase) -> None:
        """Start another phase."""
        self.phase, self.after = phase, 0

    def decide(self, met: int, unseen: int, klanten: int) -> None:
        """Choose the next phase after a round, or after fetching known relations.

        ``met`` is the number of distinct relations that this pass met, ``unseen`` the
        number of known ones that it didn't, and ``klanten`` the number of requests to
        query each klant.
        """
        if self.phase == Phase.LIST:
            self.fruitless = 0 if met > self.met else self.fruitless + 1
        self.met = met
        if not self.missing or self.per_klant or self.fruitless >= FRUITLESS_ROUNDS:
            self.begin(Phase.UNSEEN)
        elif self.phase == Phase.LIST and 0 < unseen <= self.walk.whole:
            self.begin(Phase.KNOWN)
        elif klanten < self._requests_left():
            self.begin(Phase.KLANTEN)
        else:
            self.next_round()

    def _requests_left(self) -> float:
        """Estimate the number of requests to meet the rest in more rounds."""
        rounds = math.log(self.missing + 1) / -math.log(1 - FOUND_PER_ROUND) + 1
        return rounds * self.walk.whole

    def counts(self) -> dict[str, Any]:
        """Return the figures of a complete pass for administrators."""
        return {
            "gelezen": self.met,
            "van_ons": self.ours,
            "zonder_klant": self.dangling,
            "gewijzigd": self.changed,
            "nagevraagd": self.checked,
            "vervallen": self.retired,
            "overgeslagen": sum(self.walk.skipped.values()),
            "rondes": self.round,
            "verzoeken": self.requests,
        }

    def remarks(self) -> str:
        """Return the remarks on a finished pass for administrators."""
        texts = []
        if self.missing and self.is_complete:
            texts.append(
                _(
                    "De lijst laat steeds relaties weg: {missing} van {count} kwamen er "
                    "niet in voor. Daarom is per klant gevraagd; relaties met een andere "
                    "schrijfwijze van een klant kunnen ontbreken."
                ).format(missing=self.missing, count=self.walk.count)
            )
        elif self.missing:
            texts.append(
                _(
                    "{missing} van {count} relaties waren niet te lezen, ook niet na "
                    "{round} rondes: de lijst laat ze weg. Er is geen rol beeindigd."
                ).format(missing=self.missing, count=self.walk.count, round=self.round)
            )
        reasons = [
            _("{count} keer {reason}").format(count=count, reason=reason)
            for reason, count in self.walk.skipped.items()
        ]
        if reasons:
            texts.append(
                _("Overgeslagen relaties: {reasons}.").format(
                    reasons="; ".join(reasons)
                )
            )
        return " ".join(texts)
