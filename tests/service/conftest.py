"""The command line as a test runs it."""

import sys

import pytest

from service.cli import main


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs a command line; returns its exit status, stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["funsearch", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as error:
            status = error.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
