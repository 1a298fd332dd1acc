"""A trade register with faults."""

from __future__ import annotations

from testapp.peers import nhr
from tests.peers.control import Controlled


class Nhr(Controlled, nhr.Nhr):
    """Responds from its register, and records the requests."""
