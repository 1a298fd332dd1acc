"""The ETag of a klant that changes during reads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from klanten_plugin.models import Klant
from tests.api_client import URL
from tests.bodies import full_body
from tests.concurrency.consumer import Consumer

WRITERS = 3
READERS = 3
TIMES = 4


def change(consumer: Consumer, url: str, writer: int) -> None:
    for time in range(TIMES):
        street = {"straatnaam": f"{writer}-{time}"}
        nested = {"subjectIdentificatie": {"subVerblijfBuitenland": None}}
        body: Any = nested if time % 4 == 3 else {"adres": street}
        assert consumer.request("PATCH", url, body).status_code == 200


def read(consumer: Consumer, url: str) -> list[tuple[str, str]]:
    """ETags, with the bodies that they belong to."""
    seen = []
    for _ in range(2 * TIMES):
        response = consumer.request("GET", url)
        seen.append((response.headers["ETag"], response.text))
        # a client that has it gets a 304, or the current version
        again = consumer.request("GET", url, **{"If-None-Match": seen[-1][0]})
        if again.status_code == 200:
            seen.append((again.headers["ETag"], again.text))
        else:
            assert again.status_code == 304
            assert again.headers["ETag"] == seen[-1][0]
    return seen


def test_an_etag_is_of_what_it_came_with(consumer: Consumer) -> None:
    url = consumer.request("POST", URL, full_body("vestiging")).json()["url"]
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writing = [pool.submit(change, consumer, url, each) for each in range(WRITERS)]
        reading = [pool.submit(read, consumer, url) for _ in range(READERS)]
        for future in writing:
            future.result()
        seen = {pair for future in reading for pair in future.result()}
    etags, bodies = ({pair[side] for pair in seen} for side in (0, 1))
    assert len(etags) == len(bodies) == len(seen)

    # and the stored hash equals that of the current body
    last = consumer.request("GET", url)
    forget_hash(url)
    fresh = consumer.request("GET", url)
    assert fresh.text == last.text
    assert fresh.headers["ETag"] == last.headers["ETag"]


def forget_hash(url: str) -> None:
    """Change the klant and change it back, so that the hash must be recomputed."""
    klanten = Klant.objects.filter(uuid=url.rpartition("/")[2])
    name = klanten.get().bedrijfsnaam
    klanten.update(bedrijfsnaam=json.dumps(name))
    klanten.update(bedrijfsnaam=name)
    assert klanten.get().etag.startswith("!")
