"""Progress callbacks."""

from collections.abc import Callable

Progress = Callable[[int], object]
"""Called with the number of rows processed since the previous call."""


def unwatched(_count: int) -> None:
    """Ignore the progress."""
