"""Speed and memory of import and export: `python -m tests.benchmarks.moving [sizes]`

A separate process copies a service with this number of klanten, with most of their
fields filled, then copies it again without changes, then exports all to a file. Its
peak memory must not grow with the number of klanten. A test database is created next to
the database of DATABASE_URL, which isn't changed.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.benchmarks.reading import listing, scratch_database

SIZES = (5_000, 50_000)
MOST_GROWTH = 1.1


def _klant(root: str, number: int) -> dict[str, Any]:
    """Four out of five are persons, the fifth is a vestiging."""
    verblijfsadres = {
        "aoaIdentificatie": f"0363{number:012d}",
        "gorOpenbareRuimteNaam": "Oudegracht",
        "aoaHuisnummer": number % 300,
    }
    person = {"inpBsn": "", "geslachtsnaam": f"Achternaam {number}"}
    vestiging = {
        "vestigingsNummer": f"{number:012d}",
        "handelsnaam": [f"Zaak {number}"],
    }
    is_person = number % 5
    return {
        "url": f"{root}/klanten/{UUID(int=number)}",
        "bronorganisatie": "123456782",
        "klantnummer": f"{number:08d}",
        "websiteUrl": "https://example.nl/",
        "voornaam": "Zoë",
        "achternaam": f"Achternaam {number}",
        "telefoonnummer": f"+316{number:08d}",
        "emailadres": f"k{number}@example.nl",
        "adres": {"straatnaam": "Dorpsstraat", "huisnummer": number % 300},
        "subject": "",
        "subjectType": "natuurlijk_persoon" if is_person else "vestiging",
        "subjectIdentificatie": {
            **(person if is_person else vestiging),
            "verblijfsadres": verblijfsadres,
        },
    }


def move(port: int) -> dict[str, Any]:
    """Import, import again, and export, in a separate process."""
    with scratch_database(), tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        return _measure(f"http://127.0.0.1:{port}/api/v1/")


def _measure(root: str) -> dict[str, Any]:
    from django.core.management import call_command

    from zgw_consumers.models import Service

    from klanten_plugin.models import Klant

    Service.objects.create(
        slug="bench", label="Bench", api_type="orc", api_root=root, auth_type="no_auth"
    )
    seconds = []
    for command in (
        ["klanten_import", "--from", root],
        ["klanten_import", "--from", root],
        ["klanten_export", "klanten.jsonl"],
    ):
        begun = time.monotonic()
        call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())
        seconds.append(time.monotonic() - begun)
    with Path("klanten.jsonl").open("rb") as file:
        written = sum(1 for _line in file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = Klant.objects.count()
    return {"peak_mb": peak, "seconds": seconds, "moved": count, "written": written}


def main(sizes: list[int]) -> int:
    """Print a line for each size. Return 1 if the peak grows."""
    peaks = []
    for size in sizes:
        with listing(size, _klant) as port:
            command = [sys.executable, "-m", "tests.benchmarks.moving", "--move"]
            output = subprocess.run(  # noqa: S603
                [*command, str(port)], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
        result = json.loads(output.splitlines()[-1])
        assert (result["moved"], result["written"]) == (size, size)
        # a first run reads everything twice: once more in reverse, to find omissions
        there, again, export = (size / seconds for seconds in result["seconds"])
        peaks.append(result["peak_mb"])
        print(  # noqa: T201
            f"{size:>9} klanten: peak {result['peak_mb']:.1f} MB, imported {there:.0f}/s, "
            f"again {again:.0f}/s, exported {export:.0f}/s",
            flush=True,
        )
    growth = max(peaks) / min(peaks)
    print(f"largest peak against smallest: {growth:.2f} (goal: {MOST_GROWTH})")  # noqa: T201
    return int(growth > MOST_GROWTH)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--move"]:
        print(json.dumps(move(int(sys.argv[2]))))  # noqa: T201
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]] or list(SIZES)))
