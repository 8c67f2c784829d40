"""What is stored here: the tool bank and its index, the agent's record, runs and traces."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from agent.agent_file import FILE, LAYOUT
from funsearch.exceptions import RunError
from funsearch.run_directory import read_config, runs_under
from language_models.traces import PATTERN, traces_from
from service.examination.finding import Finding, in_one_line
from service.examination.records import Examined, record
from tool_bank.database import BANK


def bank(directory: Path) -> Iterator[Finding]:
    """Yields how the bank's record and its index stand."""
    saved = f"funsearch tools export SAVED.jsonl --salvage --bank {shlex.quote(str(directory))}"
    mend = f"{saved}, then funsearch tools import SAVED.jsonl --bank NEW"
    none_yet = "`funsearch evolve` or `funsearch create` makes one"
    yield from record(Examined("tool bank", directory / "bank.sqlite", BANK, mend, none_yet), _tools_in_words)
    yield from _index(directory / "chroma")


def _tools_in_words(connection: sqlite3.Connection) -> str:
    (names,), (versions,) = (
        connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("current", "versions")
    )
    return f"{names} names, {versions} versions"


def _index(directory: Path) -> Iterator[Finding]:
    """Yields whether searches find an index as it was closed; it may be deleted at any time."""
    if not directory.is_dir():
        return
    try:
        number = (directory / "CURRENT").read_text().strip()
        held = json.loads((directory / number / "seal.json").read_text())["held"]
        yield Finding("bank's index", "ok", f"sealed, {len(held)} vectors")
    except (OSError, ValueError, KeyError, TypeError):
        told = "not sealed: in use, or not closed; searches compare every vector until it is built anew"
        yield Finding("bank's index", "ok", told)


def agent(directory: Path) -> Iterator[Finding]:
    """Yields how the agent's record stands."""
    path = directory / FILE
    away = f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.damaged')}"
    mend = f"put a copy in its place, or forget all requests: {away}"
    yield from record(
        Examined("agent's record", path, LAYOUT, mend, "`funsearch request` makes one"), _requests
    )


def _requests(connection: sqlite3.Connection) -> str:
    rows = connection.execute("SELECT state, count(*) FROM requests GROUP BY state").fetchall()
    return ", ".join(f"{count} {state}" for state, count in rows) or "no requests"


def runs(parent: Path) -> Finding:
    """Returns how many runs there are, and which of them cannot be read."""
    try:
        found = runs_under(parent)
        damaged = [path for path in found if not _is_sound(path)]
    except OSError as error:
        return Finding("runs", "failure", f"{parent}: {error.strerror}", f"ls -ld {shlex.quote(str(parent))}")
    if damaged:
        told = f"{len(found)} in {parent}, unreadable: {', '.join(path.name for path in damaged[:5])}"
        return Finding("runs", "warning", told, f"rm -r {shlex.quote(str(damaged[0]))}, if it is not wanted")
    return Finding("runs", "ok", f"{len(found)} in {parent}")


def _is_sound(path: Path) -> bool:
    try:
        read_config(path)
    except RunError:
        return False
    return True


def traces() -> Finding:
    """Returns whether exchanges with models can be written down."""
    kept = traces_from()
    if kept is None:
        return Finding("traces", "ok", "off (FUNSEARCH_TRACES=off)")
    place = kept.directory
    try:
        if place.exists() and not (place.is_dir() and os.access(place, os.W_OK)):
            return Finding(
                "traces", "warning", f"{place} cannot be written", "FUNSEARCH_TRACES names another place"
            )
        sizes = [file.stat().st_size for file in place.glob(PATTERN)]
    except OSError as error:
        return Finding(
            "traces", "warning", in_one_line(f"{place}: {error}"), "FUNSEARCH_TRACES names another place"
        )
    return Finding("traces", "ok", f"{sum(sizes) / 1e6:.1f} MB in {len(sizes)} files in {place}")
