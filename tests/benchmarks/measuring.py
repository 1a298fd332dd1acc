"""Compare two requests by alternating them, so that other load affects both.

Also counts the queries of a request.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api_client import ApiClient
from tests.benchmarks import cpu
from tests.benchmarks.operations import Call, Consumer

WARM_UP = 5


@dataclass
class Cost:
    """Milliseconds of processor time per request, one number per turn."""

    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    @property
    def both(self) -> list[float]:
        return [sum(pair) for pair in zip(self.web, self.database, strict=True)]

    @property
    def median(self) -> float:
        return statistics.median(self.both)

    def __str__(self) -> str:
        web, database = statistics.median(self.web), statistics.median(self.database)
        return f"{web:6.2f} + {database:6.2f}"


@dataclass
class Ratio:
    """Ratio of a request to its floor, one number per turn."""

    turns: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.turns)

    @property
    def spread(self) -> tuple[float, float]:
        """Return the 10th and 90th percentile of the turns."""
        tenths = statistics.quantiles(self.turns, n=10, method="inclusive")
        return tenths[0], tenths[-1]


class Meter:
    """Makes requests to one server, and reads the processor time of its processes.

    Without the name of a ``database``, that of the complete database server is read.
    """

    def __init__(self, server: int, port: int, database: str = "") -> None:
        self.consumer = Consumer(port)
        self.server, self.database = server, database

    def take(self, call: Call, times: int) -> tuple[float, float]:
        """Return milliseconds per request: of the web workers, and of the database."""
        return self.take_each([call] * times)

    def take_each(self, calls: Sequence[Call]) -> tuple[float, float]:
        """Return the mean of different requests, like :meth:`take`."""
        web = cpu.workers(self.server)
        backends = cpu.backends(self.database) if self.database else []
        before = cpu.nanoseconds(web), self._database_time(backends)
        for call in calls:
            self.consumer(call)
        after = cpu.nanoseconds(web), self._database_time(backends)
        first, second = (
            (end - start) / len(calls) / 1e6
            for start, end in zip(before, after, strict=True)
        )
        return first, second

    def _database_time(self, backends: list[int]) -> int:
        if self.database:
            return cpu.nanoseconds(backends)
        return cpu.database_server()

    def compare(
        self, calls: tuple[Call, Call], turns: int, times: int
    ) -> tuple[Cost, Cost, Ratio]:
        """Return the cost of both, and the ratio of the first to the second."""
        costs = Cost(), Cost()
        for call in calls:
            self.take(call, WARM_UP)
        for turn in range(turns):
            order = (0, 1) if turn % 2 else (1, 0)
            for which in order:
                web, database = self.take(calls[which], times)
                costs[which].web.append(web)
                costs[which].database.append(database)
        pairs = zip(costs[0].both, costs[1].both, strict=True)
        return *costs, Ratio([ours / floor for ours, floor in pairs])

    def queries(self, *calls: Call) -> int:
        """Return the queries of the last of these requests, including BEGIN and COMMIT.

        They are made in this process, to the host at the same address.
        """
        host = {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": str(self.consumer.port)}
        for call in calls:
            with CaptureQueriesContext(connection) as captured:
                answer = ApiClient(self.consumer.token).request(
                    call.method,
                    call.path,
                    content=call.body,
                    headers=call.headers,
                    documented=False,
                    **host,
                )
            assert answer.status_code == call.status, answer.content
        return len(captured.captured_queries)
