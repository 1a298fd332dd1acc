"""A Notificaties API that is as strict as the real one, and keeps its messages."""

from __future__ import annotations

from typing import Any

from testapp.peers import notificaties
from testapp.peers.tokens import Applications, Body
from testapp.peers.wire import Request
from tests.peers.control import Controlled
from tests.peers.messages import check_message


class Notificaties(Controlled, notificaties.Notificaties):
    """Accepts valid messages only. Faults don't count as accepted."""

    def __init__(self, applications: Applications | None = None) -> None:
        super().__init__(applications)
        self.messages: list[Body] = []

    def message(self, request: Request) -> Body:
        message = self.parse(request)
        check_message(message)
        with self.lock:
            self.messages.append(message)
        return dict(message)

    def control_state(self, body: Any) -> Body:
        return super().control_state(body) | {"received": len(self.messages)}

    def control_messages(self, body: Any) -> list[Body]:
        return list(self.messages)

    def control_clear(self, body: Any) -> Body:
        self.messages.clear()
        return {}
