"""What the shell offers after a Tab: names that can be read quickly; whatever goes wrong offers nothing."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import typer

from funsearch.places import DEFAULT_AGENT, DEFAULT_BANK, DEFAULT_PARENT

MOST = 1_000  # names offered


def backends(incomplete: str) -> list[str]:
    """Returns the backends of the sandbox."""
    return _offered(incomplete, ("auto", "docker", "docker-runsc", "bubblewrap"))


def tasks(incomplete: str) -> list[str]:
    """Returns the tasks of the project; the shell itself knows the files."""
    found = importlib.util.find_spec("experiments")
    folders = found.submodule_search_locations if found else None
    names = (path.parent.name for folder in folders or () for path in Path(folder).glob("tasks/*/task.py"))
    return _offered(incomplete, names)


def runs(incomplete: str) -> list[str]:
    """Returns the runs under runs/."""
    try:
        paths = [str(path.parent) for path in DEFAULT_PARENT.glob("*/config.json")]
    except OSError:
        return []
    return _offered(incomplete, paths)


def tools(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the names in the bank that is meant."""
    place = ctx.params.get("bank") or os.environ.get("FUNSEARCH_BANK") or DEFAULT_BANK
    return _offered(incomplete, _column(Path(str(place)) / "bank.sqlite", "SELECT name FROM current"))


def requests(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the ids in the record that is meant."""
    place = ctx.params.get("directory") or os.environ.get("FUNSEARCH_AGENT") or DEFAULT_AGENT
    return _offered(incomplete, _column(Path(str(place)) / "agent.sqlite", "SELECT id FROM requests"))


def _offered(incomplete: str, names: Iterator[str] | list[str] | tuple[str, ...]) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))[:MOST]


def _column(path: Path, question: str) -> list[str]:
    """Returns what a file of ours tells without being touched: not even its journal is looked at."""
    try:
        where = f"{path.resolve().as_uri()}?immutable=1"
        with closing(sqlite3.connect(where, uri=True, timeout=0.1)) as connection:
            return [str(name) for (name,) in connection.execute(question)]
    except (sqlite3.Error, OSError, ValueError, RuntimeError):
        return []
