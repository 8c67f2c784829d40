"""Saves what can be read of a damaged record into a bank's file, and says what is lost.

Rows are known by their shape: a version by the hash that its name is, the others by what their columns may
hold. Rows are added and never taken from most tables, so that a gap in their numbers is a row that was lost.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from tool_bank.bank_file import ROWS, CurrentRow, EventRow, Line, Row, VersionRow, line_of, row_of, write_file
from tool_bank.errors import BankUnavailable
from tool_bank.page_reader import PageReader, PageRow, Value
from tool_bank.tool import Status

NUMBERED = {"event", "use"}  # their first column is the row's number
ADDED_ONLY = ("version", "test", "query", "event", "use")
LEFT_OUT = {"vector", "schema"}  # can be made again
STATUSES = get_args(Status)
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Salvaged:
    """What was saved, and what was not.

    Attributes:
        read: Rows by table.
        lost: Rows that were there and could not be read, by table; more may have followed the last one read.
        lost_tools: Names of which no version could be read.
        in_doubt: Names whose current version could not be read; the newest that could stands as a candidate.
    """

    read: Mapping[str, int]
    lost: Mapping[str, int]
    lost_tools: tuple[str, ...]
    in_doubt: tuple[str, ...]


def salvage(record: Path, into: Path) -> Salvaged:
    """Writes what can be read of a record's file, and tells what cannot; the record stays as it is.

    Raises:
        BankUnavailable: The file is missing or may not be read.
    """
    try:
        reader = PageReader(record)
    except OSError as error:
        raise BankUnavailable(f"{record}: expected the file of a bank: {error.strerror}") from error
    found = _Found(reader.rows())
    current, in_doubt = found.pointers()
    lines = [line for kind in ROWS if kind != "current" for line in found.lines(kind)]
    lines += [line_of("current", row.values()) for row in current]
    lost = found.lost()
    tools = found.names("version")
    lost_tools = sorted((found.names("event") | found.names("current")) - tools)
    write_file(into, lines, salvaged_from=record.name, lost=lost)
    read = {row.table: sum(line["line"] == kind for line in lines) for kind, row in ROWS.items()}
    return Salvaged(
        {table: count for table, count in read.items() if count}, lost, tuple(lost_tools), in_doubt
    )


class _Found:
    """The rows of a damaged record, by kind and number."""

    def __init__(self, rows: Iterable[PageRow]) -> None:
        self._rows: dict[str, dict[int, Row]] = defaultdict(dict)
        self._highest: dict[str, int] = defaultdict(int)  # row numbers that were given, by table
        for row in rows:
            self._take(row)

    def lines(self, kind: str) -> Iterator[Line]:
        """Yields the rows of a kind in order, of two aliases of one name the later."""
        if kind in LEFT_OUT:
            return
        rows = [row.values() for _, row in sorted(self._rows[kind].items())]
        if kind == "alias":
            rows = sorted({alias: (alias, *rest) for alias, *rest in rows}.values())
        for row in rows:
            yield line_of(kind, row)

    def names(self, kind: str) -> set[str]:
        """Returns the names that rows of a kind tell of."""
        return {
            row.name
            for row in self._rows[kind].values()
            if isinstance(row, VersionRow | EventRow | CurrentRow)
        }

    def lost(self) -> dict[str, int]:
        """Returns how many rows are missing, by table."""
        gaps = {}
        for kind in ADDED_ONLY:
            table = ROWS[kind].table
            gaps[table] = max([self._highest[table], *self._rows[kind]]) - len(self._rows[kind])
        return {table: count for table, count in gaps.items() if count > 0}

    def pointers(self) -> tuple[list[CurrentRow], tuple[str, ...]]:
        """Returns what every name stands for, and the names of which that could not be read."""
        versions = [row for _, row in sorted(self._rows["version"].items()) if isinstance(row, VersionRow)]
        known = {row.version for row in versions}
        newest = {row.name: row.version for row in versions}
        rows = {
            row.name: row for _, row in sorted(self._rows["current"].items()) if isinstance(row, CurrentRow)
        }
        told = self._told()
        said = {**told, **rows} if "events" in self.lost() else {**rows, **told}
        found, in_doubt = [], []
        for name in sorted(newest):
            row = said.get(name)
            if row is None or row.version not in known:
                in_doubt.append(name)
                row = CurrentRow(name=name, version=newest[name], status="candidate")
            found.append(row)
        return found, tuple(in_doubt)

    def _told(self) -> dict[str, CurrentRow]:
        """Returns what every name stands for by the events."""
        told = {}
        for _, row in sorted(self._rows["event"].items()):
            if isinstance(row, EventRow):
                status = row.kind if row.kind in STATUSES else json.loads(row.detail).get("status")
                if status in STATUSES:
                    fields = {"name": row.name, "version": row.version, "status": status}
                    told[row.name] = CurrentRow.model_validate(fields)
        return told

    def _take(self, row: PageRow) -> None:
        if len(row.values) == 2 and isinstance(row.values[1], int):
            self._highest[str(row.values[0])] = row.values[1]  # of sqlite_sequence
        for kind in ROWS:
            understood = _understood(kind, row.values)
            if understood:
                if kind in ADDED_ONLY or not row.is_freed:
                    self._rows[kind][row.rowid] = understood
                return


def _understood(kind: str, values: tuple[Value, ...]) -> Row | None:
    """Returns a row as one of a kind; None where it is none."""
    if kind in NUMBERED:
        if not values or values[0] is not None:
            return None
        values = values[1:]
    if len(values) != len(ROWS[kind].columns()) or (kind == "query" and _is_version(values)):
        return None
    try:
        return row_of(line_of(kind, values))
    except (ValueError, RecursionError):
        return None


def _is_version(values: tuple[Value, ...]) -> bool:
    """Tells whether four columns are a version, though a damaged one."""
    return bool(_HASH.fullmatch(str(values[0]))) and str(values[2]).startswith("{")
