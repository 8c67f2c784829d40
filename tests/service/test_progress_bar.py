"""Progress is told on stderr: by lines away from a terminal, not at all beside JSON."""

import io
import sys
import threading

import pytest

from service import progress_bar
from service.progress_bar import awaited, counted


class Terminal(io.StringIO):
    """Stderr as somebody looks at it."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(progress_bar, "PLAIN_SECONDS", 0.0)


def test_steps_are_told_in_lines(capsys):
    with counted("examining", 2, quiet=False) as step:
        step("a")
        step("b")
    assert capsys.readouterr() == ("", "examining: 1 of 2\nexamining: 2 of 2\n")


def test_beside_json_nothing_is_told(capsys):
    with counted("examining", 1, quiet=True) as step, awaited("reading", quiet=True):
        step("a")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with counted("examining", 1, quiet=False) as step, awaited("reading", quiet=False):
        step("a")
    assert "examining" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_waiting_is_told_until_it_is_over(monkeypatch):
    told = threading.Event()

    class Lines(io.StringIO):
        def write(self, text):
            told.set()
            return len(text)

    monkeypatch.setattr(sys, "stderr", Lines())
    with awaited("reading", quiet=False):
        assert told.wait(10)
    assert threading.active_count() == 1 or not any(t.name == "reading" for t in threading.enumerate())
