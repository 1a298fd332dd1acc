"""Memory of a full pass: `python -m tests.benchmarks.rollen [sizes]`

A separate process reads a service with this number of relations, and its peak memory is
printed, which must not grow with the number of relations. A test database is created
next to the database of DATABASE_URL, which isn't changed.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any
from uuid import UUID

from tests.benchmarks.reading import listing, scratch_database

SIZES = (100_000, 1_000_000)
MOST_GROWTH = 1.1


def _row(root: str, number: int) -> dict[str, str]:
    # a million klanten that don't exist cost as much as a million that do
    return {
        "url": f"{root}/klantcontactmomenten/{UUID(int=number)}",
        "contactmoment": f"{root}/contactmomenten/{UUID(int=number)}",
        "klant": f"http://testserver/klanten/api/v1/klanten/{UUID(int=number)}",
        "rol": "belanghebbende",
    }


def read(port: int) -> dict[str, Any]:
    """Run a full pass twice in a separate process. The second changes nothing."""
    with scratch_database():
        from django.conf import settings

        settings.SITE_DOMAIN = "testserver"
        return _measure(port)


def _measure(port: int) -> dict[str, Any]:
    from zgw_consumers.models import Service

    from klanten_plugin.models import KlantenConfig, KlantRol, RolBron
    from klanten_plugin.sync.rollen.full_pass import advance

    service = Service.objects.create(
        slug="bench",
        label="Bench",
        api_type="orc",
        api_root=f"http://127.0.0.1:{port}/api/v1/",
        auth_type="no_auth",
    )
    KlantenConfig.get_solo().contactmomenten_services.add(service)
    bron = RolBron.objects.get()
    seconds = []
    for _pass in range(2):
        begun = time.monotonic()
        while not advance(bron, 20.0):
            pass
        seconds.append(round(time.monotonic() - begun, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "peak_mb": round(peak, 1),
        "seconds": seconds,
        "mirrored": KlantRol.objects.count(),
    }


def main(sizes: list[int]) -> int:
    """Print a line for each size. Return 1 if the peak grows."""
    peaks = []
    for size in sizes:
        with listing(size, _row) as port:
            command = [sys.executable, "-m", "tests.benchmarks.rollen", "--read"]
            output = subprocess.run(  # noqa: S603
                [*command, str(port)], check=True, capture_output=True, text=True
            ).stdout
        result = json.loads(output.splitlines()[-1])
        first, second = result["seconds"]
        print(  # noqa: T201
            f"{size:>9} relations: peak {result['peak_mb']} MB, first pass {first} s, "
            f"second {second} s, {result['mirrored']} mirrored",
            flush=True,
        )
        assert result["mirrored"] == size
        peaks.append(result["peak_mb"])
    growth = max(peaks) / min(peaks)
    print(f"largest peak against smallest: {growth:.2f} (goal: {MOST_GROWTH})")  # noqa: T201
    return int(growth > MOST_GROWTH)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(read(int(sys.argv[2]))))  # noqa: T201
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]] or list(SIZES)))
