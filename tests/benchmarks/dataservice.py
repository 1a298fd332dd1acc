"""Cost of look-ups at KVK Dataservice: `python -m tests.benchmarks.dataservice`.

Alternates 1,000 look-ups of the same vestiging there and 1,000 at KVK's REST APIs, with
peers in a separate process. Prints the processor time of each in this process (without
that of the database), their ratio, and the growth of memory after the first hundred.
Then looks up a registration of 2.5 MB, signed and unsigned, and prints the peak memory.
Works in a separate database next to that of DATABASE_URL.
"""

from __future__ import annotations

import os
import resource
import signal
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.test import override_settings
from django.test.utils import setup_databases, teardown_databases

LOOK_UPS = 1_000
WARM_UP = 100
TURN = 50
LARGE_LOOK_UPS = 10
LARGE_BYTES = 2_500_000
VESTIGING, RSIN = "990064773193", "123456782"

LookUp = Callable[[], Any]


def serve(pipe: int) -> None:
    """Run the peers: REST, Dataservice, and two with a large response."""
    from testapp.peers.dataservice import make_server
    from testapp.peers.nhr import API_KEY, Nhr
    from testapp.peers.wire import Server

    servers = [Server(Nhr(API_KEY))]
    services = (usual(), large(signs=True), large(signs=False))
    servers += [make_server(service) for service in services]
    os.write(pipe, " ".join(str(one.server_port) for one in servers).encode())
    os.close(pipe)
    for server in servers[1:]:
        server.serve_in_background()
    servers[0].serve_forever()


def usual() -> Any:
    """Respond from the register of the demo."""
    from testapp.peers.nhr_register import Register
    from tests.dataservice import RecordingDataservice, certificates

    register = Register()
    return RecordingDataservice(lambda: register, certificates())


def large(*, signs: bool) -> Any:
    """Respond to each query with a registration with very many functionarissen."""
    from lxml import etree

    from testapp.peers.soap_security import WSA, parse
    from testapp.peers.wire import Reply
    from tests.clients.nhr.dataservice import xml

    one = xml.functionaris(code="gb")
    inside = xml.rechtspersoon(one * (LARGE_BYTES // len(one)))
    text = etree.tostring(xml.inschrijving("<naam>Groot</naam>", inside)).decode()
    answer = xml.response(
        "ophalenInschrijving", f"<meldingen/><product>{text}</product>"
    )
    service = usual()
    service.signs = signs

    def instead(message: bytes) -> Reply:
        asked = parse(message).findtext(f".//{{{WSA}}}MessageID")
        body = service.wrap(asked or "", etree.fromstring(answer))
        return Reply(200, body, "text/xml")

    service.instead = instead
    return service


@contextmanager
def peers() -> Iterator[list[int]]:
    """Yield the ports of the peers, which run in a separate process."""
    from tests.dataservice import certificates

    certificates()  # the same in both processes
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        serve(writing)
        os._exit(0)
    os.close(writing)
    try:
        yield [int(port) for port in os.read(reading, 100).split()]
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


@contextmanager
def own_database() -> Iterator[None]:
    """A separate database, and a folder for the certificates of Services."""
    old = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)


def milliseconds(look_up: LookUp, times: int) -> float:
    """Return the processor time of this process for a number of look-ups."""
    start = time.process_time()
    for _ in range(times):
        if not look_up().found:
            raise SystemExit("nothing was found")
    return (time.process_time() - start) * 1000


def by_turns(first: LookUp, second: LookUp, times: int) -> tuple[float, float]:
    """Return milliseconds per look-up of both, alternated to spread other load."""
    spent = [0.0, 0.0]
    for _ in range(times // TURN):
        for which, look_up in enumerate((first, second)):
            spent[which] += milliseconds(look_up, TURN)
    return spent[0] / times, spent[1] / times


def memory() -> float:
    """Return the current memory of this process in MB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1024**2


def peak() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(text: str) -> None:
    """Print without buffering, because the next result takes a while."""
    print(text, flush=True)  # noqa: T201 - its output is for people


def look_ups(ports: list[int]) -> list[LookUp]:
    """Return a look-up at each of the peers."""
    from klanten_plugin.clients.nhr.dataservice.source import DataserviceSource
    from klanten_plugin.clients.nhr.kvk import KvkSource
    from klanten_plugin.constants import NhrSoort
    from klanten_plugin.models.nhr import NhrNummer
    from tests.dataservice import make_service
    from tests.nhr import make_service as make_rest_service

    rest, *soap = ports
    vestiging = NhrNummer(NhrSoort.VESTIGING, VESTIGING)
    rechtspersoon = NhrNummer(NhrSoort.RECHTSPERSOON, RSIN)
    kvk = KvkSource(make_rest_service(f"http://127.0.0.1:{rest}/api/"))
    sources = [
        DataserviceSource(make_service(f"https://127.0.0.1:{port}/", timeout=60))
        for port in soap
    ]
    return [
        lambda: kvk.look_up(vestiging),
        lambda: sources[0].look_up(vestiging),
        lambda: sources[1].look_up(rechtspersoon),
        lambda: sources[2].look_up(rechtspersoon),
    ]


def measure(ports: list[int], times: int) -> None:
    """Measure everything and print."""
    rest, soap, signed, unsigned = look_ups(ports)
    by_turns(soap, rest, WARM_UP)
    before = memory()
    ours, other = by_turns(soap, rest, times)
    grown = memory() - before
    report(
        f"{times} look-ups each: Dataservice {ours:.1f} ms, REST {other:.1f} ms of "
        f"processor time per look-up, ratio {ours / other:.1f}"
    )
    report(f"memory: {before:.0f} MB, {grown:+.1f} MB after {times} look-ups of each")
    costs = {}
    for name, look_up in (("unsigned", unsigned), ("signed", signed)):
        costs[name] = milliseconds(look_up, LARGE_LOOK_UPS) / LARGE_LOOK_UPS
        report(f"2.5 MB, {name}: {costs[name]:.0f} ms, at most {peak():.0f} MB in all")
    report(f"2.5 MB, signed : unsigned {costs['signed'] / costs['unsigned']:.1f}")


def main() -> None:
    """Run the peers, and measure."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--look-ups", type=int, default=LOOK_UPS)
    times = parser.parse_args().look_ups
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testapp.settings")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PRIVATE_MEDIA_ROOT"] = folder
        django.setup()
        limits = {
            "KLANTEN_NHR_LIMITER_URL": "memory://",
            "KLANTEN_NHR_REQUESTS_PER_SECOND": 1_000_000,
            "KLANTEN_NHR_MONTHLY_BUDGET": 1_000_000,
        }
        with peers() as ports, own_database(), override_settings(**limits):
            measure(ports, times)


if __name__ == "__main__":
    main()
