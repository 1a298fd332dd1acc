"""How far a pass over the list of a service is, and what it does next."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from .lists import FRUITLESS_ROUNDS, Walk

SHRINK_ROUNDS = 3
"""So often a pass begins anew at most because the list shrank while it was read."""

FOUND_PER_ROUND = 1 - 1 / math.e
"""The part of what is missing that a round of a list finds whose pages start anywhere."""


class Phase(StrEnum):
    """What a pass is doing."""

    LIST = "list"
    """Read the pages of the whole list, in one round or more."""

    KNOWN = "known"
    """Ask for known relations that weren't met, because that takes less than a round."""

    KLANTEN = "klanten"
    """Ask for the relations of each klant, because that takes less than the rounds."""

    UNSEEN = "unseen"
    """Ask for each known relation that wasn't met, and retire what isn't there."""


@dataclass
class PassState:
    """How far a pass is; storable as JSON, and constant in size.

    ``after`` is the primary key of the last role or klant that was asked for. ``round``
    counts all rounds, ``shrunk`` those of lists that shrank, ``fruitless`` the last
    ones in a row that met nothing new. ``per_klant`` says that the klanten were asked
    for, ``hidden`` how many of them have lists that couldn't be read completely.
    ``began`` and ``stepped`` are times in seconds since the epoch.
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
        """From what :meth:`dump` gave."""
        values = {**stored, "walk": Walk(**stored["walk"])}
        return cls(**{**values, "phase": Phase(stored["phase"])})

    def dump(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @property
    def missing(self) -> int:
        """How many relations the service has that this pass didn't meet."""
        return max(0, self.walk.count - self.met)

    @property
    def is_complete(self) -> bool:
        """Whether every relation was met that can have a role of a klant of ours."""
        return not self.missing or (self.per_klant and not self.hidden)

    def next_round(self) -> None:
        """Read the list once more; what was seen stays seen."""
        self.walk, self.round = Walk(), self.round + 1
        self.phase, self.after = Phase.LIST, 0
        self.ours = self.dangling = 0

    def begin(self, phase: Phase) -> None:
        """Begin with another phase."""
        self.phase, self.after = phase, 0

    def decide(self, met: int, unseen: int, klanten: int) -> None:
        """Go on after a round, or after known relations were asked for.

        ``met`` is how many distinct relations this pass met, ``unseen`` how many known
        ones it didn't, and ``klanten`` how many requests asking for each klant takes.
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
        """Estimate how many requests it takes to meet the rest in more rounds."""
        rounds = math.log(self.missing + 1) / -math.log(1 - FOUND_PER_ROUND) + 1
        return rounds * self.walk.whole

    def counts(self) -> dict[str, Any]:
        """What the administrator sees of a complete pass."""
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
        """What the administrator should know of a pass that came to its end."""
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
