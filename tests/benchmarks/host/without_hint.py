"""The host without hints to the broker: workers only find rows by the relay."""

from klanten_plugin import tasks
from testapp.wsgi import application

__all__ = ["application"]


def _no_hint(_kind: object) -> None:
    """Replace the hint."""


tasks.hint = _no_hint  # type: ignore[assignment]
