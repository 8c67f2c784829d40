"""Brings the rows of a bank's file into a record: all or none, and what is there already stays."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tool_bank.bank_file import (
    ROWS,
    AliasRow,
    BankFileRefused,
    CurrentRow,
    EventRow,
    QueryRow,
    Row,
    SchemaRow,
    TestRow,
    UseRow,
    VectorRow,
    VersionRow,
)
from tool_bank.database import Database, now


@dataclass(frozen=True)
class Merged:
    """What an import has changed.

    Attributes:
        added: New rows, by table.
        kept: Names whose current version here is not that of the file, in order.
    """

    added: Mapping[str, int]
    kept: tuple[str, ...]


def merge(database: Database, rows: Iterable[Row], *, overwrite: bool = False) -> Merged:
    """Adds rows to a record, in one transaction; the same rows again change nothing.

    A name that the record has keeps its current version and its meaning, unless `overwrite` is set.

    Raises:
        BankFileRefused: A name would stand for a version that is neither here nor there.
    """
    with database.transaction():
        return _Merge(database, overwrite).of(rows)


class _Merge:
    """One import, within its transaction."""

    def __init__(self, database: Database, overwrite: bool) -> None:
        self._database = database
        self._overwrite = overwrite
        self._known = {name: pointer for name, *pointer in self._all(CurrentRow)}
        self._told: set[str] = set()  # names of which a new event tells: other processes follow by events
        self._touched: set[str] = set()
        self._kept: list[str] = []
        self._added: Counter[str] = Counter()

    def of(self, rows: Iterable[Row]) -> Merged:
        """Adds the rows, in the order in which they refer to one another."""
        by_type: dict[type[Row], list[Any]] = {row: [] for row in ROWS.values()}
        for row in rows:
            by_type[type(row)].append(row)
        for row in by_type[CurrentRow]:
            self._free(row)
        for table in (VersionRow, TestRow, SchemaRow, VectorRow, QueryRow, AliasRow):
            for row in by_type[table]:
                self._add(row)
        for story in (EventRow, UseRow):
            self._add_missing(story, by_type[story])
        for row in by_type[CurrentRow]:
            self._point(row)
        for name in sorted(self._touched - self._told):
            self._tell(name, "imported")
        return Merged(dict(self._added), tuple(sorted(self._kept)))

    def _free(self, row: CurrentRow) -> None:
        """Ends the alias of a name that is to stand for what the file says."""
        if self._overwrite:
            self._database.write("DELETE FROM aliases WHERE alias = ?", (row.name,))

    def _add(self, row: Row) -> None:
        """Adds a row where none with its key is there; a name that is known here gets no other meaning."""
        name = row.alias if isinstance(row, AliasRow) else row.name if isinstance(row, QueryRow) else ""
        if isinstance(row, AliasRow) and name in self._known and not self._overwrite:
            return
        if self._insert(row) and name:
            self._touched.add(name)

    def _add_missing(self, table: type[Row], rows: Sequence[Any]) -> None:
        """Adds rows that have no key, as often as they are in the file and not yet here."""
        here = Counter(self._all(table)) if rows else Counter()
        for row in rows:
            values = row.values()
            if here[values]:
                here[values] -= 1
            elif self._insert(row) and table is EventRow:
                self._told.add(row.name)

    def _point(self, row: CurrentRow) -> None:
        """Makes the file's version the current one, where the name is new or may be overwritten."""
        known = self._known.get(row.name)
        if known == [row.version, row.status]:
            return
        if known and not self._overwrite:
            self._kept.append(row.name)
            return
        if not self._database.rows(
            "SELECT 1 FROM versions WHERE version = ? AND name = ?", (row.version, row.name)
        ):
            raise BankFileRefused(
                f"{row.name}: expected its current version {row.version[:12]} in the file or the bank, found "
                "it in neither; nothing was imported"
            )
        self._database.write("DELETE FROM current WHERE name = ?", (row.name,))
        self._insert(row)
        if known:
            self._tell(row.name, "made current", status=row.status, why="imported")
        else:
            self._touched.add(row.name)

    def _insert(self, row: Row) -> bool:
        columns = row.columns()
        marks = ", ".join("?" * len(columns))
        count = self._database.write(
            f"INSERT INTO {row.table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING",
            row.values(),
        )
        self._added[row.table] += count
        return count > 0

    def _tell(self, name: str, kind: str, **detail: str) -> None:
        """Writes an event of a name's current version, where it has one."""
        self._told.add(name)
        self._database.write(
            "INSERT INTO events (at, kind, name, version, detail) "
            "SELECT ?, ?, name, version, ? FROM current WHERE name = ?",
            (now(), kind, json.dumps(detail), name),
        )

    def _all(self, table: type[Row]) -> list[tuple[Any, ...]]:
        return self._database.rows(f"SELECT {', '.join(table.columns())} FROM {table.table}")
