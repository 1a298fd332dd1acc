"""Tell somebody how far the work is."""

from collections.abc import Callable

Progress = Callable[[int], object]
"""Told how many rows were dealt with since it was told before."""


def unwatched(_count: int) -> None:
    """Nobody watches."""
