"""Control of a stand-in by tests: faults, and a record of the requests.

``POST /_control/faults`` with a list of faults, such as ``[{"kind": "html", "count":
3}]``, activates those; see :mod:`.faults`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from testapp.peers.standin import StandIn
from testapp.peers.tokens import Body, Problem
from testapp.peers.wire import Reply, Request
from tests.peers.faults import Faults, misbehave

CONTROL = "/_control/"


@dataclass
class Faulty(Request):
    """A request with the kind of fault that its response must have, or ""."""

    fault: str = ""


class Controlled:
    """The first base of a stand-in for tests. The other is the demo's stand-in.

    Methods ``control_<name>`` handle ``/_control/<name>``. ``own_faults`` are kinds of
    faults that the subclass implements.
    """

    own_faults: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.faults = Faults(self.own_faults)
        self.requests: list[str] = []
        self.in_hand = 0

    def __call__(self, request: Request) -> Reply:
        if request.path.startswith(CONTROL):
            return self._obey(request)
        with self.lock:
            self.requests.append(f"{request.method} {request.target}")
            self.in_hand += 1
        fault = self.faults.take(request)
        faulty = Faulty(**vars(request), fault=fault.kind)
        try:
            reply = misbehave(fault, lambda: super(Controlled, self).__call__(faulty))
            return replace(reply, headers=self.headers | reply.headers)
        finally:
            with self.lock:
                self.in_hand -= 1

    def control_faults(self, body: list[Body]) -> Body:
        self.faults.put(body)
        return {}

    def control_requests(self, body: Body) -> list[str]:
        return self.requests

    def control_state(self, body: Body) -> Body:
        return {"requests": self.requests, "in_hand": self.in_hand}

    def _obey(self, request: Request) -> Reply:
        action = getattr(self, f"control_{request.path.removeprefix(CONTROL)}", None)
        if action is None:
            return Problem(404, "not_found").reply(request.origin)
        try:
            return Reply(200, action(StandIn.parse(self, request)))
        except (KeyError, TypeError, ValueError) as error:
            return Problem(400, f"invalid: {error}").reply(request.origin)
        except Problem as problem:
            return problem.reply(request.origin)
