"""Roles that a pass misses at a source whose lists have no order.

``python -m tests.benchmarks.rollen_unordered [size] [ours] [klanten]`` reads a service
with this number of relations whose pages start anywhere, as PostgreSQL scans large
tables. Compares the relations in a single round of the list with the result of the
pass. With ``--requests`` it prints the number of requests of a pass for several sizes,
from a simulation of the same decisions.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from testapp.peers.wire import Reply, Request, Server
from tests.benchmarks.reading import PAGE, scratch_database
from tests.web_server import serving

SIZES = (1_000, 100_000, 1_000_000)
OWN = "http://testserver/klanten/api/v1/klanten"
ELSEWHERE = "https://elders.nl/klanten/api/v1/klanten"


@dataclass
class Owner:
    """Computed relations: every ``step``-th is of one of our klanten."""

    size: int
    ours: int
    klanten: int
    requests: int = 0
    random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311

    def __post_init__(self) -> None:
        self.step = self.size // self.ours

    def __call__(self, request: Request) -> Reply:
        self.requests += 1
        root = f"{request.origin}/api/v1"
        tail = request.path.rpartition("/")[2]
        if tail != "klantcontactmomenten":
            return Reply(200, self.row(root, UUID(tail).int))
        query = request.query
        numbers = self.of_klant(query["klant"]) if "klant" in query else None
        return Reply(200, self.page(root, int(query.get("page", "1")), numbers))

    def page(self, root: str, page: int, numbers: list[int] | None) -> dict[str, Any]:
        if numbers is None:
            start = self.random.randrange(self.size)
            first = start + (page - 1) * PAGE
            rest = min(PAGE, self.size - (page - 1) * PAGE)
            shown = [(first + n) % self.size for n in range(rest)]
            count = self.size
        else:
            shown, count = numbers[(page - 1) * PAGE : page * PAGE], len(numbers)
        more = page * PAGE < count
        following = f"{root}/klantcontactmomenten?page={page + 1}"
        return {
            "count": count,
            "next": following if more else None,
            "results": [self.row(root, number) for number in shown],
        }

    def row(self, root: str, number: int) -> dict[str, Any]:
        is_ours = number % self.step == 0 and number // self.step < self.ours
        klant = number // self.step % self.klanten
        return {
            "url": f"{root}/klantcontactmomenten/{UUID(int=number)}",
            "contactmoment": f"{root}/contactmomenten/{UUID(int=number)}",
            "klant": f"{OWN if is_ours else ELSEWHERE}/{UUID(int=klant)}",
            "rol": "belanghebbende",
        }

    def of_klant(self, url: str) -> list[int]:
        klant = UUID(url.rpartition("/")[2]).int
        return [n * self.step for n in range(klant, self.ours, self.klanten)]


@contextmanager
def owner(size: int, ours: int, klanten: int) -> Iterator[tuple[int, Owner]]:
    """Yield the port of a service, and the object that responds there."""
    answers = Owner(size, ours, klanten)
    with serving(Server(answers)) as port:
        yield port, answers


def measure(size: int, ours: int, klanten: int) -> int:
    """Run two passes. Return 1 if a role is missing after one of them."""
    from django.conf import settings

    from zgw_consumers.models import Service

    from klanten_plugin.models import Klant, KlantenConfig, KlantRol, RolBron
    from klanten_plugin.sync.rollen.full_pass import advance

    settings.SITE_DOMAIN, settings.IS_HTTPS = "testserver", False
    Klant.objects.bulk_create(
        Klant(
            uuid=UUID(int=number),
            bronorganisatie="123456782",
            klantnummer=f"{number:08d}",
            website_url="https://example.nl/",
        )
        for number in range(klanten)
    )
    missing = 0
    with owner(size, ours, klanten) as (port, handler):
        root = f"http://127.0.0.1:{port}/api/v1/"
        service = Service.objects.create(
            slug="bench", label="Bench", api_root=root, auth_type="no_auth"
        )
        KlantenConfig.get_solo().contactmomenten_services.add(service)
        bron = RolBron.objects.get()
        after_a_round: list[int] = []

        def note(state: Any) -> None:
            if not after_a_round and (state.round > 1 or state.phase != "list"):
                after_a_round.append(KlantRol.objects.exclude(klant=None).count())

        for number in (1, 2):
            begun, before = time.monotonic(), handler.requests
            while not advance(bron, 20.0, note):
                pass
            bron.refresh_from_db()
            current = KlantRol.objects.filter(retired_at=None).exclude(klant=None)
            missing += (lost := ours - current.count())
            say(
                f"pass {number} over {size} unordered relations, {ours} of ours: "
                f"{lost} roles missing, {handler.requests - before} requests, "
                f"{bron.counts['rondes']} rounds, {time.monotonic() - begun:.0f} s. "
                f"{bron.pass_error}"
            )
    one = ours - after_a_round[0]
    say(
        f"after one round of the list alone {one} were missing ({one / ours:.2f} of all)"
    )
    return int(missing > 0)


def simulate(size: int, *, is_ordered: bool, is_known: bool, klanten: int) -> int:
    """Return the requests of a pass that decides as ``PassState`` does."""
    from klanten_plugin.sync.rollen.lists import Walk
    from klanten_plugin.sync.rollen.pass_state import PassState, Phase

    pages, met = -(-size // PAGE), bytearray(size)
    numbers, requests = random.Random(1), 0  # noqa: S311
    state = PassState()
    while state.phase != Phase.UNSEEN:
        if state.phase == Phase.LIST:
            requests += pages
            for page in range(pages):
                start = 0 if is_ordered else numbers.randrange(size)
                first = (start + page * PAGE) % size
                rows = min(PAGE, size - page * PAGE)
                met[first : first + rows] = b"\1" * min(rows, size - first)
                met[: max(0, first + rows - size)] = b"\1" * max(0, first + rows - size)
            state.walk = Walk(count=size, largest_page=min(PAGE, size))
        elif state.phase == Phase.KNOWN:
            requests += met.count(0)
            met[:] = b"\1" * size
        else:
            requests += klanten
            met[:] = b"\1" * size
            state.per_klant = True
        found = met.count(1)
        state.walk.count = size
        state.decide(found, size - found if is_known else 0, klanten)
        if state.phase == Phase.LIST:
            state.walk.largest_page = PAGE
    return requests


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    if arguments == ["--requests"]:
        for size in SIZES:
            found = {
                name: simulate(size, klanten=size // 2, **options)
                for name, options in (
                    ("ordered", {"is_ordered": True, "is_known": True}),
                    ("unordered, first", {"is_ordered": False, "is_known": False}),
                    ("unordered, later", {"is_ordered": False, "is_known": True}),
                )
            }
            say(f"{size} relations: {json.dumps(found)}")
        return 0
    size, ours, klanten = [int(text) for text in arguments] or (300_000, 3_000, 300)
    with scratch_database():
        return measure(size, ours, klanten)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
