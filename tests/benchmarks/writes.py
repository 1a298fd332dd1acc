"""Cost of changes compared to a POST: `python -m tests.benchmarks.writes [--turns N]`

Processor time of the process that serves the API, without the database and the broker.
The requests are made in this process and alternated. Every field and group is filled,
and each change writes its audit line and its row of the outbox.
"""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.host.settings")
django.setup()

from tests.api_client import URL, ApiClient  # noqa: E402
from tests.benchmarks.databases import filled_database  # noqa: E402
from tests.benchmarks.operations import CLIENT_ID, make_token, post_body  # noqa: E402

KLANTEN = 1_000
GOALS = {"POST": 1.0, "PATCH": 1.5, "PUT": 1.5, "DELETE": 1.2}


def turn(api: ApiClient, number: int) -> dict[str, float]:
    """Return milliseconds of each operation on one klant."""
    body = json.loads(post_body())
    took: dict[str, float] = {}

    def timed(method: str, path: str, content: object = None) -> bytes:
        start = time.process_time()
        response = api.request(method, path, content, documented=False)
        took[method] = (time.process_time() - start) * 1000
        assert response.status_code < 300, response.content
        return bytes(response.content)

    klant = json.loads(timed("POST", URL, body))
    timed("PATCH", klant["url"], {"voornaam": f"Een {number}"})
    numbered = {**body, "klantnummer": klant["klantnummer"], "voornaam": "Ander"}
    timed("PUT", klant["url"], numbered)
    timed("DELETE", klant["url"])
    return took


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=200)
    options = parser.parse_args()
    with filled_database(KLANTEN):
        api = ApiClient(make_token(CLIENT_ID))
        for number in range(20):  # the first ones are for warming up
            turn(api, number)
        turns = [turn(api, number) for number in range(options.turns)]
    costs = {method: median(each[method] for each in turns) for method in GOALS}
    for method, goal in GOALS.items():
        ratio = costs[method] / costs["POST"]
        missed = "" if ratio <= goal else "  MISSED"
        sys.stdout.write(
            f"{method:7}{costs[method]:6.2f} ms{ratio:6.2f}{goal:6.1f}{missed}\n"
        )


if __name__ == "__main__":
    main()
