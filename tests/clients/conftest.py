"""What the tests here share with those of other parts."""

from tests.notificaties import notifications, nrc

__all__ = ["notifications", "nrc"]
