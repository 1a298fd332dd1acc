"""Sources that are switched off or paused while rows of the outbox are processed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pytest

from klanten_plugin.clients.nhr.protocol import Answer
from klanten_plugin.models import NhrBron, OutboxRow
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.outbox.run import Ended
from tests.api_client import ApiClient
from tests.nhr import DONALD, STICHTING, Peer, add_source, shown, vestiging, work
from tests.nhr_source import OwnSource, choose_own_source

PATH = f"{__name__}.SlowSource"
PER_ROW = 16
"""Statements to take over a klant with its address, including BEGIN, COMMIT, claiming and settling."""
AFTER_LAST = 3
"""Statements that find out that no more rows are due."""


class SlowSource(OwnSource):
    """A source during whose answer something else happens."""

    fields = frozenset({"bedrijfsnaam"})
    values: ClassVar[dict[str, Any]] = {"bedrijfsnaam": "Overgenomen BV"}
    asked: ClassVar[list[str]] = []
    meanwhile: ClassVar[Callable[[], object]]

    def look_up(self, number: NhrNummer) -> Answer:
        self.asked.append(number.nummer)
        type(self).meanwhile()
        return super().look_up(number)


@pytest.fixture
def slow(db: Any) -> Iterator[type[SlowSource]]:
    """Make it the most trusted source."""
    choose_own_source(PATH)
    SlowSource.asked.clear()
    SlowSource.meanwhile = lambda: None
    return SlowSource


def switch_off() -> None:
    """As an administrator does, for the most trusted source."""
    NhrBron.objects.filter(class_path=PATH).update(active=False)


def pause() -> None:
    """As another worker does, for all sources."""
    until = timezone.now() + timedelta(minutes=1)
    NhrBron.objects.update(paused_until=until, last_error="Wacht.")


def stop() -> None:
    NhrBron.objects.update(stopped_at=timezone.now(), last_error="Nee.")


@pytest.mark.parametrize("close", [switch_off, pause, stop])
def test_a_source_that_is_closed_meanwhile_gets_no_next_row(
    api: ApiClient, slow: type[SlowSource], close: Callable[[], None]
) -> None:
    klanten = [api.create(**vestiging(number)) for number in (DONALD, STICHTING)]
    slow.meanwhile = close
    run = work()
    assert run.done + run.failed <= 2
    assert len(slow.asked) == 1
    taken_over = [shown(one)["bedrijfsnaam"] for one in klanten]
    assert sorted(taken_over) == ["", "Overgenomen BV"]
    # nothing is lost: the other klant is still to be looked up
    assert OutboxRow.objects.exclude(state="done").count() == 1


def test_a_source_that_is_switched_on_meanwhile_gets_the_next_row(
    api: ApiClient, slow: type[SlowSource], kvk: Peer
) -> None:
    NhrBron.objects.exclude(class_path=PATH).update(active=False)
    for number in (DONALD, STICHTING):
        api.create(**vestiging(number))
    slow.meanwhile = lambda: NhrBron.objects.update(active=True)
    assert work().done == 2
    (path,) = kvk.asked
    assert path.endswith(slow.asked[1])


@pytest.mark.parametrize("close", [pause, stop])
def test_a_second_source_that_is_closed_while_the_first_answers(
    api: ApiClient, slow: type[SlowSource], kvk: Peer, close: Callable[[], None]
) -> None:
    add_source(kvk)
    klant = api.create(**vestiging())
    slow.meanwhile = close
    work()
    assert kvk.asked == []
    assert shown(klant)["bedrijfsnaam"] == "Overgenomen BV"


def test_a_run_ends_when_all_sources_close(
    api: ApiClient, slow: type[SlowSource]
) -> None:
    for number in (DONALD, STICHTING):
        api.create(**vestiging(number))
    slow.meanwhile = pause
    run = work()
    assert (run.done, run.ended) == (1, Ended.CLOSED)
    waiting = OutboxRow.objects.get(state="waiting")
    assert (waiting.attempts, waiting.last_error) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_statements_of_a_row(api: ApiClient, kvk: Peer, settings: Any) -> None:
    settings.NOTIFICATIONS_DISABLED = False
    NhrBron.objects.all().delete()
    add_source(kvk, "haal_centraal")
    for number in (STICHTING, DONALD):  # the first is for warming up
        klant = api.create(**vestiging(number))
        with CaptureQueriesContext(connection) as captured:
            assert work().done == 1
    assert shown(klant)["bedrijfsnaam"].startswith("Test BV Donald")
    statements = [query["sql"] for query in captured.captured_queries]
    assert len(statements) <= PER_ROW + AFTER_LAST, "\n".join(statements)
