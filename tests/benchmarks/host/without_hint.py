"""The host without hints to the broker: workers only find rows by the relay."""

from testapp.wsgi import application  # noqa: I001 - it loads the models

from klanten_plugin import tasks

__all__ = ["application"]


def _no_hint(_kind: object) -> None:
    """Replace the hint."""


tasks.hint = _no_hint  # type: ignore[assignment]
