"""Shared fixtures of other folders."""

from tests.notificaties import notifications, nrc

__all__ = ["notifications", "nrc"]
