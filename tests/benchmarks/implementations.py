"""Running implementations of the standard, and the requests to measure at each."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from tests.benchmarks.measuring import Meter
from tests.benchmarks.operations import (
    MANY,
    ONE,
    Call,
    Consumer,
    filtered,
    klant_uuid,
    post_body,
)

BSN = "subjectNatuurlijkPersoon__inpBsn"
CLIENTS = 8
"""Simultaneous consumers of the mixed load, each with its own connection."""


@dataclass
class Implementation:
    """A running API, with the path of its list of klanten."""

    name: str
    root: str
    meter: Meter
    needs_klantnummer: bool = True

    @classmethod
    def parsed(cls, argument: str) -> Implementation:
        """Return the implementation of ``NAME=PORT,PATH,PID,DATABASE``."""
        name, _, values = argument.partition("=")
        port, root, server, database = values.split(",")
        return cls(name, root, Meter(int(server), int(port), database))

    def klant(self, number: int) -> str:
        """Return the path of a klant of the fill."""
        return f"{self.root}/{klant_uuid(number)}"

    def post(self) -> Call:
        """Return the creation of a klant with every group."""
        body = json.loads(post_body())
        if self.needs_klantnummer:
            body["klantnummer"] = uuid4().hex[:8]
        return Call(self.root, "POST", json.dumps(body).encode(), status=201)

    def create(self, consumer: Consumer) -> str:
        """Create a klant and return its path."""
        return urlsplit(json.loads(consumer(self.post()).content)["url"]).path


def not_modified(api: Implementation) -> Call:
    """Return a request with the current ETag."""
    etag = api.meter.consumer(Call(api.klant(77))).headers["ETag"]
    return Call(api.klant(77), headers={"If-None-Match": etag}, status=304)


def one_hit(api: Implementation) -> Call:
    """Return a filter that one klant matches."""
    return filtered(api.root, BSN, ONE[BSN])


def many_hits(api: Implementation) -> Call:
    """Return a filter that 5 % of the klanten match."""
    return filtered(api.root, "subjectType", MANY["subjectType"])


def patch(path: str) -> Call:
    """Return a change of one field."""
    return Call(path, "PATCH", json.dumps({"voornaam": uuid4().hex}).encode())


def delete(api: Implementation) -> Call:
    """Return the deletion of a klant that is created for it."""
    return Call(api.create(api.meter.consumer), "DELETE", status=204)


@dataclass
class Operation:
    """A request, how often a turn makes it, and which implementations have it.

    ``statements`` is its key in the table of :mod:`tests.api.test_queries`, and ``goal``
    the maximum ratio to the floor.
    """

    name: str
    statements: str
    call: Callable[[Implementation], Call]
    goal: float | None = None
    times: int = 15
    at_floor: bool = True
    elsewhere: bool = True


OPERATIONS = (
    Operation("GET page of 100", "page", lambda api: Call(api.root), 1.3, 5),
    Operation("GET detail", "detail", lambda api: Call(api.klant(77)), 1.3),
    Operation(
        "GET detail, `If-None-Match` hit",
        "not modified",
        not_modified,
        at_floor=False,
        elsewhere=False,
    ),
    Operation("GET filter on BSN, one hit", "filter", one_hit, 1.3),
    Operation("GET filter on `subjectType`, many hits", "filter", many_hits, 1.5, 5),
    Operation(
        "GET audit trail of one klant",
        "audit trail",
        lambda api: Call(f"{api.klant(79)}/audittrail"),
        2.5,
    ),
    Operation("POST with every group", "POST", Implementation.post, 2.5),
    Operation(
        "PATCH of one field", "PATCH", lambda api: patch(api.klant(78)), at_floor=False
    ),
    Operation("DELETE", "DELETE", delete, at_floor=False),
)


def mixed_load(api: Implementation, seconds: float) -> float:
    """Return the requests a second that the implementation serves to all consumers.

    Of ten requests five are details, two filters on a BSN, one a POST, one a PATCH and
    one a DELETE.
    """

    def consume(seed: int) -> float:
        consumer = Consumer(api.meter.consumer.port)
        chosen = random.Random(seed)  # noqa: S311
        start, made = time.monotonic(), 0
        while time.monotonic() < start + seconds:
            path = api.create(consumer)
            for _ in range(5):
                consumer(Call(api.klant(chosen.randint(1, 1_000))))
            for _ in range(2):
                consumer(one_hit(api))
            consumer(patch(path))
            consumer(Call(path, "DELETE", status=204))
            made += 10
        return made / (time.monotonic() - start)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(consume, range(CLIENTS)))
