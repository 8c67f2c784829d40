"""The bank's memory: every version of every tool and everything that happened to them, in SQLite.

One immutable row per version, one pointer per name to its current version and status, and an append-only
table of events, whose last number is the record's clock. Vectors are kept beside their versions, so that
any search index can be thrown away. WAL with full synchronisation: what `add` has returned survives a
crash of the machine.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tool_bank.errors import BankUnavailable, ToolNotFound
from tool_bank.tool import SERVED, Status, Tool

APPLICATION_ID = 0x746F6F6C  # "tool": tells a bank from any other SQLite file
SCHEMA_VERSION = 1
LOCK_SECONDS = 30.0  # longest wait for another process's transaction
BATCH = 500  # versions asked for in one statement, below every SQLite's limit

SCHEMA = """
CREATE TABLE versions (
    version  TEXT PRIMARY KEY,  -- SHA-256 of the body
    name     TEXT NOT NULL,
    body     TEXT NOT NULL,     -- the tool as canonical JSON, without its status
    added_at TEXT NOT NULL
);
CREATE TABLE current (
    name    TEXT PRIMARY KEY,
    version TEXT NOT NULL REFERENCES versions,
    status  TEXT NOT NULL
);
CREATE TABLE events (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    version TEXT NOT NULL REFERENCES versions,
    detail  TEXT NOT NULL       -- JSON
);
CREATE TABLE vectors (
    version  TEXT NOT NULL REFERENCES versions,
    model_id TEXT NOT NULL,
    vector   BLOB NOT NULL,     -- float32, little-endian
    PRIMARY KEY (version, model_id)
);
CREATE INDEX versions_by_name ON versions (name);
CREATE INDEX current_by_version ON current (version);
CREATE TRIGGER versions_stay BEFORE UPDATE ON versions BEGIN SELECT RAISE(ABORT, 'immutable'); END;
CREATE TRIGGER versions_remain BEFORE DELETE ON versions BEGIN SELECT RAISE(ABORT, 'immutable'); END;
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'immutable'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'immutable'); END;
"""

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class StoredVersion:
    """One version of a tool; a version that another has replaced counts as retired."""

    tool: Tool
    added_at: str
    is_current: bool


@dataclass(frozen=True)
class Event:
    """Something that happened to a tool: "added", "made current", "retired", ..."""

    number: int
    at: str
    kind: str
    name: str
    version: str
    detail: Mapping[str, str]


class Record:
    """The record of one bank; threads may share it, processes open their own."""

    def __init__(self, path: Path) -> None:
        """Opens the record, making it where there is none.

        Raises:
            BankUnavailable: The file cannot be opened or written, is damaged, is no bank, or a newer one.
        """
        self._path = path
        self._lock = threading.RLock()
        with self._translated():
            self._database = sqlite3.connect(
                path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._database.close()

    def clock(self) -> int:
        """Returns the number of the last event: it changes whenever the record does."""
        (number,) = self._rows("SELECT COALESCE(MAX(number), 0) FROM events")[0]
        return int(number)

    def add(self, tools: Sequence[Tool]) -> None:
        """Stores tools and makes each the current version of its name, all or none."""
        with self._transaction():
            for tool in tools:
                self._add(tool)

    def names(self) -> list[str]:
        """Returns every name, in order."""
        return [name for (name,) in self._rows("SELECT name FROM current ORDER BY name")]

    def get(self, name: str) -> Tool:
        """Returns the current version of a tool, with its status."""
        rows = self._rows(
            "SELECT body, status FROM current JOIN versions USING (version) WHERE current.name = ?", (name,)
        )
        if not rows:
            raise ToolNotFound(f"no tool is named {name!r}; `names()` and `search()` say what there is")
        return _tool(*rows[0])

    def current(self, statuses: Iterable[Status] | None = None) -> dict[str, Tool]:
        """Returns the current tools by version, in order of their names (None: of any status)."""
        rows = self._rows(
            "SELECT version, body, status FROM current JOIN versions USING (version) ORDER BY current.name"
        )
        wanted = None if statuses is None else set(statuses)
        return {v: _tool(body, status) for v, body, status in rows if wanted is None or status in wanted}

    def served_versions(self) -> set[str]:
        """Returns the versions that search may find."""
        marks = ", ".join("?" * len(SERVED))
        rows = self._rows(f"SELECT version FROM current WHERE status IN ({marks})", tuple(SERVED))
        return {version for (version,) in rows}

    def tools(self, versions: Iterable[str]) -> dict[str, Tool]:
        """Returns the tools of these current versions."""
        found: dict[str, Tool] = {}
        for marks, batch in _batches(versions):
            rows = self._rows(
                "SELECT version, body, status FROM current JOIN versions USING (version) "
                f"WHERE version IN ({marks})",
                batch,
            )
            found.update({version: _tool(body, status) for version, body, status in rows})
        return found

    def history(self, name: str) -> list[StoredVersion]:
        """Returns every version of a name, the oldest first."""
        now = self.get(name)
        rows = self._rows(
            "SELECT version, body, added_at FROM versions WHERE name = ? ORDER BY rowid", (name,)
        )
        return [
            StoredVersion(
                now if version == now.version else _tool(body, "retired"), at, version == now.version
            )
            for version, body, at in rows
        ]

    def events(self, name: str) -> list[Event]:
        """Returns what happened to a name, in order."""
        rows = self._rows(
            "SELECT number, at, kind, name, version, detail FROM events WHERE name = ? ORDER BY number",
            (name,),
        )
        return [
            Event(number, at, kind, of, version, json.loads(detail))
            for number, at, kind, of, version, detail in rows
        ]

    def set_status(self, name: str, status: Status, why: str) -> None:
        """Gives the current version of a name another status."""
        with self._transaction():
            tool = self.get(name)
            self._point(tool.model_copy(update={"status": status}), kind=status, detail={"why": why})

    def put_vectors(self, model_id: str, vectors: Mapping[str, Vector]) -> None:
        """Keeps the vectors of versions; one that is there already stays."""
        rows = [(version, model_id, v.astype("<f4").tobytes()) for version, v in vectors.items()]
        with self._transaction():
            self._database.executemany("INSERT INTO vectors VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)

    def vectors(self, model_id: str, versions: Iterable[str]) -> dict[str, Vector]:
        """Returns the vectors of these versions, as far as they are there."""
        found: dict[str, Vector] = {}
        for marks, batch in _batches(versions):
            rows = self._rows(
                f"SELECT version, vector FROM vectors WHERE model_id = ? AND version IN ({marks})",
                (model_id, *batch),
            )
            found.update({version: np.frombuffer(blob, "<f4") for version, blob in rows})
        return found

    def _add(self, tool: Tool) -> None:
        values = (tool.version, tool.name, tool.body(), _now())
        new = self._database.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?) ON CONFLICT (version) DO NOTHING", values
        ).rowcount
        self._point(tool, "added" if new else "made current", {"status": tool.status})

    def _point(self, tool: Tool, kind: str, detail: Mapping[str, str]) -> None:
        """Makes a version the current one of its name and writes it down, unless it is so already."""
        pointer = (tool.name, tool.version, tool.status)
        if self._rows("SELECT * FROM current WHERE name = ?", (tool.name,)) == [pointer]:
            return
        self._database.execute("INSERT OR REPLACE INTO current VALUES (?, ?, ?)", pointer)
        self._database.execute(
            "INSERT INTO events (at, kind, name, version, detail) VALUES (?, ?, ?, ?, ?)",
            (_now(), kind, tool.name, tool.version, json.dumps(detail)),
        )

    def _prepare(self) -> None:
        """Refuses what is not a bank of this schema; makes the tables of a new one."""
        with self._transaction():
            found = self._rows("PRAGMA user_version")[0][0]
            if found == 0 and not self._rows("SELECT 1 FROM sqlite_master LIMIT 1"):
                for statement in _statements(SCHEMA):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif self._rows("PRAGMA application_id")[0][0] != APPLICATION_ID:
                raise BankUnavailable(
                    f"{self._path}: expected a tool bank, found another program's SQLite file"
                )
            elif found > SCHEMA_VERSION:
                raise BankUnavailable(
                    f"{self._path}: expected a record of schema {SCHEMA_VERSION} or older, found {found}; "
                    "a newer funsearch wrote it: update this one"
                )
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._translated():
            return self._database.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._translated():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise BankUnavailable(f"{self._path}: SQLite says: {error}; {_mend(error)}") from error


def _mend(error: sqlite3.DatabaseError) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return "the file is damaged: put a copy in its place, or move it away to begin a new bank"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"another process has held it for {LOCK_SECONDS:.0f} s: end that process or wait for it"
    return "check that the directory exists, has room, and may be written to"


def _tool(body: str, status: str) -> Tool:
    return Tool.model_validate({**json.loads(body), "status": status})


def _batches(versions: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields versions in portions, each with its question marks."""
    waiting = sorted(versions)
    for first in range(0, len(waiting), BATCH):
        batch = tuple(waiting[first : first + BATCH])
        yield ", ".join("?" * len(batch)), batch


def _statements(script: str) -> Iterator[str]:
    """Yields the statements of a script one by one: `executescript` would end the transaction around it."""
    waiting = ""
    for line in script.splitlines(keepends=True):
        waiting += line
        if sqlite3.complete_statement(waiting):
            yield waiting
            waiting = ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
