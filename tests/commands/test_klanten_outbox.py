"""`manage.py klanten_outbox`: for hosts without beat, monitoring, and repairs."""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta
from typing import Any

from django.core.management import CommandError, call_command
from django.utils import timezone

import pytest

from klanten_plugin.constants import OutboxState
from klanten_plugin.models import OutboxRow
from klanten_plugin.sync.outbox.run import FAILURES_IN_A_ROW
from tests.notificaties import Peer, needs_notifications
from tests.outbox import REFRESH, add, ago, states

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """Return the output of the command."""
    output = io.StringIO()
    call_command("klanten_outbox", *arguments, stdout=output)
    return output.getvalue().strip()


class TestList:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ([], ["c", "b", "a"]),
            (["--limit=2"], ["c", "b"]),
            (["--state=given_up"], ["b"]),
            (["--kind=notification"], ["b", "a"]),
        ],
    )
    def test_the_newest_first(self, arguments: list[str], expected: list[str]) -> None:
        add("a")
        add("b", state=OutboxState.GIVEN_UP)
        add("c", kind=REFRESH)
        lines = run("list", *arguments).splitlines()
        assert [line.split()[3] for line in lines] == expected

    def test_it_says_why(self) -> None:
        task = add("a", attempts=3, last_error="De overkant is stuk.")
        assert run("list", f"--id={task.pk}") == (
            f"{task.pk}  notification  waiting  a  pogingen: 3  De overkant is stuk."
        )


@needs_notifications
class TestRun:
    def test_what_is_due(self, nrc: Peer) -> None:
        for key in "aab":
            add(key)
        add("later", next_attempt_at=timezone.now() + timedelta(hours=1))
        assert run("run") == "3 klaar, 0 mislukt"
        assert len(nrc.messages) == 3
        assert run("run", "--kind=notification") == "0 klaar, 0 mislukt"

    def test_a_failure_on_the_way_does_not_end_it(self, nrc: Peer) -> None:
        for each in range(20):
            add(f"k-{each}")
        nrc.misbehave({"kind": "status", "status": 500, "match": "k-19"})
        assert run("run") == "19 klaar, 1 mislukt"

    def test_a_bar_where_somebody_watches(self, nrc: Peer, monkeypatch: Any) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        for each in range(3):
            add(f"k-{each}")
        assert run("run") == "3 klaar, 0 mislukt"
        assert "3/3" in terminal.getvalue()

    def test_a_remote_that_is_down(self, nrc: Peer) -> None:
        nrc.misbehave({"kind": "status", "status": 500})
        for each in range(FAILURES_IN_A_ROW * 2):
            add(f"k-{each}")
        assert run("run") == f"0 klaar, {FAILURES_IN_A_ROW} mislukt"


class TestDecide:
    def test_retry(self) -> None:
        add("a", state="given_up", settled_at=ago(days=1))
        add("b", state="given_up", settled_at=ago(days=1))
        task = add("c", state="given_up", settled_at=ago(days=1))
        assert run("retry", f"--id={task.pk}") == "1 opnieuw"
        assert run("retry", "--state=given_up") == "2 opnieuw"
        assert set(OutboxRow.objects.values_list("state", flat=True)) == {"waiting"}

    def test_give_up(self) -> None:
        task = add("a")
        add("b")
        assert run("give-up", f"--id={task.pk}", "--reason=Dubbel.") == "1 opgegeven"
        assert run("give-up", "--kind=notification") == "1 opgegeven"
        errors = dict(OutboxRow.objects.values_list("object_key", "last_error"))
        assert errors == {"a": "Dubbel.", "b": "Opgegeven door een beheerder."}

    def test_to_give_up_all_one_must_say_so(self) -> None:
        add("a")
        with pytest.raises(CommandError, match="--all"):
            run("give-up")
        assert states() == {"a": ["waiting"]}
        assert run("give-up", "--all") == "1 opgegeven"

    @pytest.mark.parametrize("action", ["list", "retry", "give-up"])
    def test_no_number_is_no_choice(self, action: str) -> None:
        """From a script with an empty list."""
        add("a")
        with pytest.raises(CommandError, match="nummer"):
            run(action, "--kind=notification", "--id")
        assert states() == {"a": ["waiting"]}

    def test_clean(self) -> None:
        add("a", state="done", settled_at=ago(days=400))
        add("b", state="done", settled_at=ago(days=1))
        assert run("clean") == "1 verwijderd"
        assert set(states()) == {"b"}


class TestHealth:
    def numbers(self, capsys: Any, *arguments: str) -> tuple[dict[str, Any], int]:
        try:
            call_command("klanten_outbox", "health", *arguments)
        except SystemExit as error:
            code = error.code
        else:
            code = 0
        return json.loads(capsys.readouterr().out), code

    def test_all_is_well(self, capsys: Any) -> None:
        empty = {"waiting": 0, "running": 0, "given_up": 0, "oldest_seconds": 0.0}
        assert self.numbers(capsys) == (empty, 0)

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["--max-age=100"], 0),
            (["--max-age=10"], 1),
        ],
    )
    def test_what_waits_too_long(
        self, capsys: Any, arguments: list[str], code: int
    ) -> None:
        add("a", due_at=ago(seconds=50))
        found, exit_code = self.numbers(capsys, *arguments)
        assert exit_code == code
        assert found["waiting"] == 1
        assert 50 <= found["oldest_seconds"] < 100

    @pytest.mark.parametrize(
        ("arguments", "code"), [([], 1), (["--max-given-up=1"], 0)]
    )
    def test_what_was_given_up(
        self, capsys: Any, arguments: list[str], code: int
    ) -> None:
        add("a", state=OutboxState.GIVEN_UP)
        found, exit_code = self.numbers(capsys, *arguments)
        assert (found["given_up"], exit_code) == (1, code)
