"""What a person at a terminal sees of a command that takes long."""

from __future__ import annotations

import io
import logging
import sys

import pytest

from klanten_plugin.management.bars import above_bar, progress_bar

from .test_klanten_nhr_refresh import klanten, run

__all__ = ["klanten"]


class Terminal(io.StringIO):
    """Shows what was written as a terminal does."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> list[str]:
        """Its lines; what follows a carriage return overwrites what was there."""
        lines = []
        for line in self.getvalue().split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            lines.append(shown.rstrip())
        return lines


def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called by the test itself: pytest sets the streams anew before each."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setattr(sys, "stdout", made)
    return made


def test_lines_are_above_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    logger, handler = logging.getLogger("of.a.host"), logging.StreamHandler(terminal)
    logger.addHandler(handler)
    # its own: another test may have had Celery set that of all
    logger.setLevel(logging.INFO)
    try:
        with progress_bar("nummer", 2) as bar:
            bar.update()
            logger.warning("from the log")
            with above_bar():
                terminal.write("from the command\n")
            bar.update()
        logger.warning("afterwards")
    finally:
        logger.removeHandler(handler)
    assert handler.stream is terminal
    log, command, last, after, empty = terminal.screen
    assert (log, command) == ("from the log", "from the command")
    assert last.startswith("100%")
    assert "2/2" in last
    assert (after, empty) == ("afterwards", "")


@pytest.mark.usefixtures("klanten")
def test_the_outcome_is_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    output = run("--all")
    assert output == "3 klanten gewijzigd, 0 nummers mislukt\n"
    (last,) = [line for line in terminal.screen if line.startswith("100%")]
    assert "3/3" in last
    assert "nummer/s" in last
