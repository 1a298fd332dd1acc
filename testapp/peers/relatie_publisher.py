"""Tell a Notificaties API, or straight away who listens, that something changed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests


@dataclass
class Publisher:
    """Sends in the background, one by one; ``authorization`` makes the header.

    ``url`` is where to POST: the `notificaties` of a Notificaties API, or a callback.
    """

    url: str = ""
    authorization: Callable[[], str] = lambda: ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    dropping: bool = False
    waiting: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._work, daemon=True).start()

    def tell(self, message: dict[str, Any]) -> None:
        now = datetime.now(tz=UTC).isoformat()
        self.waiting.put({**message, "aanmaakdatum": now})

    def _work(self) -> None:
        while True:
            message = self.waiting.get()
            if self.url and not self.dropping:
                self._send(message)
            self.waiting.task_done()

    def _send(self, message: dict[str, Any]) -> None:
        headers = {"Authorization": self.authorization()}
        try:
            response = requests.post(
                self.url, json=message, headers=headers, timeout=10
            )
        except requests.RequestException as error:
            status: object = type(error).__name__
        else:
            status = response.status_code
        self.sent.append({"message": message, "status": status})
