"""Terminal output of long-running commands."""

from __future__ import annotations

import io
import logging
import sys

import pytest

from klanten_plugin.management.bars import above_bar, progress_bar

from .test_klanten_nhr_refresh import klanten, run

__all__ = ["klanten"]


class Terminal(io.StringIO):
    """Interprets output like a terminal."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> list[str]:
        """Return its lines. Text after a carriage return overwrites existing text."""
        lines = []
        for line in self.getvalue().split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            lines.append(shown.rstrip())
        return lines


def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called by the test itself, as pytest replaces the streams before each test."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setattr(sys, "stdout", made)
    return made


def test_lines_are_above_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    logger, handler = logging.getLogger("of.a.host"), logging.StreamHandler(terminal)
    logger.addHandler(handler)
    # on this logger, because another test may have made Celery set the root level
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
