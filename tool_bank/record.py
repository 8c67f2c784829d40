"""The bank's memory: every version of every tool and everything that happened to them, in SQLite.

One immutable row per version, one pointer per name to its current version and status, and an append-only
table of events, whose last number is the record's clock. Vectors are kept beside their versions, so that
any search index can be thrown away. What `add` has returned survives a crash of the machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tool_bank.database import Database, batches, now
from tool_bank.errors import ToolNotFound
from tool_bank.tool import STORED, Status, Tool

Vector = NDArray[np.float32]

REFUSED = "challenger refused"  # the event of a version that never became current
FAILED_OWN = "failed its own tests"  # the event of a tool that entered as a candidate for that reason
_CURRENT = "SELECT version, body, status FROM current JOIN versions USING (version)"


@dataclass(frozen=True)
class StoredVersion:
    """One version of a tool; one that another has replaced counts as retired, a refused one as candidate."""

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
        """Opens the record, making it where there is none; raises `BankUnavailable` as `Database` does."""
        self.database = Database(path)

    def close(self) -> None:
        """Closes the file."""
        self.database.close()

    def clock(self) -> int:
        """Returns the number of the last event: it changes whenever the record does."""
        (number,) = self.database.rows("SELECT COALESCE(MAX(number), 0) FROM events")[0]
        return int(number)

    def add(self, tools: Sequence[Tool]) -> None:
        """Stores tools and makes each the current version of its name, all or none."""
        with self.database.transaction():
            for tool in tools:
                self._add(tool)

    def names(self) -> list[str]:
        """Returns every name, in order."""
        return [name for (name,) in self.database.rows("SELECT name FROM current ORDER BY name")]

    def statuses(self) -> dict[str, Status]:
        """Returns the status of every name, in order; no tool is read."""
        return dict(self.database.rows("SELECT name, status FROM current ORDER BY name"))

    def get(self, name: str) -> Tool:
        """Returns the current version of a tool, with its status."""
        rows = self.database.rows(f"{_CURRENT} WHERE current.name = ?", (name,))
        if not rows:
            raise ToolNotFound(f"no tool is named {name!r}; list the names, or search by what a tool does")
        return self._tool(*rows[0])

    def current(self, statuses: Iterable[Status] | None = None) -> dict[str, Tool]:
        """Returns the current tools by version, in order of their names (None: of any status)."""
        rows = self.database.rows(f"{_CURRENT} ORDER BY current.name")
        wanted = None if statuses is None else set(statuses)
        return {row[0]: self._tool(*row) for row in rows if wanted is None or row[2] in wanted}

    def named(self, names: Iterable[str]) -> dict[str, Tool]:
        """Returns the current version of each of these names that there is."""
        return {tool.name: tool for tool in self._current_where("current.name", names).values()}

    def tools(self, versions: Iterable[str]) -> dict[str, Tool]:
        """Returns the tools of these current versions."""
        return self._current_where("version", versions)

    def history(self, name: str) -> list[StoredVersion]:
        """Returns every version of a name, the oldest first."""
        now, refused = self.get(name), self._refused(name)
        rows = self.database.rows(
            "SELECT version, body, added_at FROM versions WHERE name = ? ORDER BY rowid", (name,)
        )
        return [
            StoredVersion(
                now
                if version == now.version
                else self._tool(version, body, "candidate" if version in refused else "retired"),
                at,
                version == now.version,
            )
            for version, body, at in rows
        ]

    def events(self, name: str) -> list[Event]:
        """Returns what happened to a name, in order."""
        rows = self.database.rows(
            "SELECT number, at, kind, name, version, detail FROM events WHERE name = ? ORDER BY number",
            (name,),
        )
        return [
            Event(number, at, kind, of, version, self.database.parsed(detail, f"event {number}"))
            for number, at, kind, of, version, detail in rows
        ]

    def set_status(self, name: str, status: Status, why: str) -> None:
        """Gives the current version of a name another status."""
        with self.database.transaction():
            tool = self.get(name)
            self._point(tool.model_copy(update={"status": status}), kind=status, detail={"why": why})

    def make_current(self, tool: Tool, kind: str, detail: Mapping[str, str]) -> None:
        """Makes a version, known or new, the current one of its name, and writes down how."""
        with self.database.transaction():
            self._store(tool)
            self._point(tool, kind, {"status": tool.status, **detail})

    def keep_refused(self, tool: Tool, detail: Mapping[str, str]) -> None:
        """Stores a version that does not become current, and writes down why."""
        with self.database.transaction():
            self._store(tool)
            self._tell(REFUSED, tool.name, tool.version, detail)

    def tell(self, kind: str, name: str, detail: Mapping[str, str]) -> None:
        """Writes down what happened to the current version of a name."""
        with self.database.transaction():
            self._tell(kind, name, self.get(name).version, detail)

    def add_queries(self, name: str, queries: Iterable[str], origin: str) -> None:
        """Keeps requests that the tool of this name answers; one that is there already stays."""
        version = self.get(name).version
        with self.database.transaction():
            for query in dict.fromkeys(queries):
                row = (name, query, origin, now())
                if self.database.write("INSERT INTO queries VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row):
                    self._tell("query added", name, version, {"query": query, "origin": origin})
                    self._forget_vectors(name)

    def queries(self, name: str) -> list[str]:
        """Returns the requests that were added for a name, in the order in which they were heard."""
        return self.queries_of([name]).get(name, [])

    def queries_of(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Returns the requests that were added for each of these names, in the order they were heard."""
        found: dict[str, list[str]] = {}
        for marks, batch in batches(names):
            rows = self.database.rows(
                f"SELECT name, query FROM queries WHERE name IN ({marks}) ORDER BY rowid", batch
            )
            for name, query in rows:
                found.setdefault(name, []).append(query)
        return found

    def changed_since(self, clock: int) -> set[str]:
        """Returns the names of which events after this clock tell."""
        rows = self.database.rows("SELECT DISTINCT name FROM events WHERE number > ?", (clock,))
        return {name for (name,) in rows}

    def put_schema(self, version: str, body: str) -> None:
        """Keeps the schema of a version, as JSON."""
        with self.database.transaction():
            self.database.write("INSERT OR REPLACE INTO schemas VALUES (?, ?)", (version, body))

    def schema(self, version: str) -> str | None:
        """Returns the schema of a version, as JSON; None where none was kept."""
        rows = self.database.rows("SELECT body FROM schemas WHERE version = ?", (version,))
        return rows[0][0] if rows else None

    def put_vectors(self, model_id: str, vectors: Mapping[str, Vector]) -> None:
        """Keeps the vectors of versions, in place of those of the same model that are there."""
        rows = [(version, model_id, v.astype("<f4").tobytes()) for version, v in vectors.items()]
        with self.database.transaction():
            self.database.write_many("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def vectors(self, model_id: str, versions: Iterable[str]) -> dict[str, Vector]:
        """Returns the vectors of these versions, as far as they are there."""
        found: dict[str, Vector] = {}
        for marks, batch in batches(versions):
            rows = self.database.rows(
                f"SELECT version, vector FROM vectors WHERE model_id = ? AND version IN ({marks})",
                (model_id, *batch),
            )
            found.update({version: np.frombuffer(blob, "<f4") for version, blob in rows})
        return found

    def _current_where(self, column: str, values: Iterable[str]) -> dict[str, Tool]:
        """Returns the current tools of which a column has one of these values, by version."""
        found: dict[str, Tool] = {}
        for marks, batch in batches(values):
            rows = self.database.rows(f"{_CURRENT} WHERE {column} IN ({marks})", batch)
            found.update({row[0]: self._tool(*row) for row in rows})
        return found

    def _forget_vectors(self, name: str) -> None:
        """Drops the vectors of a name, which are made anew with the requests it has heard by now."""
        self.database.write(
            "DELETE FROM vectors WHERE version IN (SELECT version FROM versions WHERE name = ?)", (name,)
        )

    def _add(self, tool: Tool) -> None:
        kind = "added" if self._store(tool) else "made current"
        self._point(tool, kind, {"status": tool.status})

    def _store(self, tool: Tool) -> bool:
        """Returns whether the version is new to the record, which has it now."""
        values = (tool.version, tool.name, tool.body(), now())
        added = self.database.write(
            "INSERT INTO versions VALUES (?, ?, ?, ?) ON CONFLICT (version) DO NOTHING", values
        )
        return added > 0

    def _refused(self, name: str) -> set[str]:
        """Returns the versions of a name of which nothing is told but their refusal."""
        rows = self.database.rows(
            "SELECT version FROM events WHERE name = ? GROUP BY version HAVING MIN(kind = ?)", (name, REFUSED)
        )
        return {version for (version,) in rows}

    def _point(self, tool: Tool, kind: str, detail: Mapping[str, str]) -> None:
        """Makes a version the current one of its name and writes it down, unless it is so already."""
        pointer = (tool.name, tool.version, tool.status)
        if self.database.rows("SELECT * FROM current WHERE name = ?", (tool.name,)) == [pointer]:
            return
        self.database.write("INSERT OR REPLACE INTO current VALUES (?, ?, ?)", pointer)
        self._tell(kind, tool.name, tool.version, detail)

    def _tell(self, kind: str, name: str, version: str, detail: Mapping[str, str]) -> None:
        self.database.write(
            "INSERT INTO events (at, kind, name, version, detail) VALUES (?, ?, ?, ?, ?)",
            (now(), kind, name, version, json.dumps(detail)),
        )

    def _tool(self, version: str, body: str, status: str) -> Tool:
        """Returns a tool as it was written; raises `BankUnavailable` where the file has another now."""
        if hashlib.sha256(body.encode()).hexdigest() != version:
            raise self.database.damage(f"version {version[:12]} does not fit its hash")
        return Tool.model_validate({**json.loads(body), "status": status}, context=STORED)
