"""A small chart of waiting and completed rows per day, as an inline SVG.

Rendered on the server with attributes only, because a strict Content-Security-Policy
blocks scripts and styles of chart libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 760, 180
TOP, BOTTOM, LEFT = 16, 24, 4
DAYS = 14


@dataclass(frozen=True)
class Bar:
    """A rectangle with its value."""

    x: float
    y: float
    width: float
    height: float
    day: date
    count: int


@dataclass(frozen=True)
class Label:
    """The label of a day."""

    x: float
    day: date


@dataclass(frozen=True)
class Chart:
    """The elements of the chart."""

    done: list[Bar]
    waiting: list[Bar]
    labels: list[Label]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM


def days_until(today: date) -> list[date]:
    """Return the days of the chart, oldest first."""
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def draw(today: date, done: Mapping[date, int], waiting: Mapping[date, int]) -> Chart:
    """Return two bars per day. Rows that wait for longer count for the first day."""
    days = days_until(today)
    first = days[0]
    older = sum(count for day, count in waiting.items() if day < first)
    waits = {**waiting, first: waiting.get(first, 0) + older}
    highest = max(
        1, *(done.get(day, 0) for day in days), *(waits.get(day, 0) for day in days)
    )
    step = (WIDTH - 2 * LEFT) / DAYS
    width = step * 0.36

    def bars(counts: Mapping[date, int], offset: float) -> list[Bar]:
        found = []
        for index, day in enumerate(days):
            count = counts.get(day, 0)
            # a minimum height, so that small values are visible
            full = HEIGHT - TOP - BOTTOM
            height = max(full * count / highest, 2.0) if count else 0.0
            x = LEFT + index * step + offset
            y = HEIGHT - BOTTOM - height
            found.append(
                Bar(
                    round(x, 1),
                    round(y, 1),
                    round(width, 1),
                    round(height, 1),
                    day,
                    count,
                )
            )
        return found

    labels = [
        Label(round(LEFT + (i + 0.5) * step, 1), day) for i, day in enumerate(days)
    ]
    return Chart(bars(done, step * 0.1), bars(waits, step * 0.52), labels, highest)
