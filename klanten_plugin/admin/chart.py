"""A small chart of waiting and completed rows per day, as an inline SVG.

Rendered on the server with attributes only, because a strict Content-Security-Policy
blocks scripts and styles of chart libraries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

WIDTH, HEIGHT = 760, 180
TOP, BOTTOM, LEFT = 16, 24, 4
BASE = HEIGHT - BOTTOM
DAYS = 14
STEP = (WIDTH - 2 * LEFT) / DAYS


@dataclass(frozen=True)
class Bar:
    """A number of rows on a day, and the rectangle that shows it."""

    day: date
    count: int
    x: float
    height: float
    width: float = STEP * 0.36

    @property
    def y(self) -> float:
        """The top of the rectangle."""
        return BASE - self.height


def draw(
    today: date, done: Mapping[date, int], waiting: Mapping[date, int]
) -> dict[str, Any]:
    """Return two bars per day. Rows that wait for longer count for the first day."""
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    waits: Counter[date] = Counter()
    for day, count in waiting.items():
        waits[max(day, days[0])] += count
    highest = max(1, *(max(done.get(day, 0), waits[day]) for day in days))
    lefts = {day: LEFT + index * STEP for index, day in enumerate(days)}
    return {
        "done": _bars(done, lefts, highest, STEP * 0.1),
        "waiting": _bars(waits, lefts, highest, STEP * 0.52),
        "labels": [(left + STEP / 2, day) for day, left in lefts.items()],
        "highest": highest,
        "width": WIDTH,
        "height": HEIGHT,
        "base": BASE,
    }


def _bars(
    counts: Mapping[date, int], lefts: Mapping[date, float], highest: int, offset: float
) -> list[Bar]:
    """Return the bars of the days with rows, each high enough to be visible."""
    full = BASE - TOP
    return [
        Bar(day, counts[day], left + offset, max(full * counts[day] / highest, 2.0))
        for day, left in lefts.items()
        if counts.get(day)
    ]
