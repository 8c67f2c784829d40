"""One connection to a bank's SQLite file: transactions, and errors in the bank's own words.

WAL with full synchronisation: what a transaction has returned survives a crash of the machine. Threads may
share a connection, processes open their own.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tool_bank.errors import BankUnavailable
from tool_bank.record_schema import APPLICATION_ID, NEWEST, statements

LOCK_SECONDS = 30.0  # longest wait for another process's transaction
BATCH = 500  # values in one statement, below every SQLite's limit


class Database:
    """The file of one bank, of the newest schema."""

    def __init__(self, path: Path) -> None:
        """Opens the file, making it where there is none, and brings it to the newest schema.

        Raises:
            BankUnavailable: The file cannot be opened or written, is damaged, is no bank, or a newer one.
        """
        self._path = path
        self._lock = threading.RLock()
        with self._translated():
            self._connection = sqlite3.connect(
                path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Returns what a question finds."""
        with self._lock, self._translated():
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, values: Sequence[object] = ()) -> int:
        """Returns how many rows a statement has changed; to be called within `transaction`."""
        with self._lock, self._translated():
            return self._connection.execute(statement, values).rowcount

    def write_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Writes one row for each entry; to be called within `transaction`."""
        with self._lock, self._translated():
            self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What happens within is written whole or not at all; one within another is part of it."""
        with self._lock, self._translated():
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _prepare(self) -> None:
        """Refuses what is not a bank of this schema or an older one; makes the tables that are missing."""
        with self.transaction():
            ((found,),) = self.rows("PRAGMA user_version")
            is_new = found == 0 and not self.rows("SELECT 1 FROM sqlite_master LIMIT 1")
            if not is_new and self.rows("PRAGMA application_id")[0][0] != APPLICATION_ID:
                raise BankUnavailable(
                    f"{self._path}: expected a tool bank, found another program's SQLite file"
                )
            if found > NEWEST:
                raise BankUnavailable(
                    f"{self._path}: expected a record of schema {NEWEST} or older, found {found}; "
                    "a newer funsearch wrote it: update this one"
                )
            if found < NEWEST:
                for statement in statements(found):
                    self._connection.execute(statement)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise BankUnavailable(f"{self._path}: SQLite says: {error}; {_mend(error)}") from error


def batches(values: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields values in portions for `IN (...)`, each with its question marks."""
    waiting = sorted(values)
    for first in range(0, len(waiting), BATCH):
        batch = tuple(waiting[first : first + BATCH])
        yield ", ".join("?" * len(batch)), batch


def now() -> str:
    """Returns the time as the record writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _mend(error: sqlite3.DatabaseError) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return "the file is damaged: put a copy in its place, or move it away to begin a new bank"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"another process has held it for {LOCK_SECONDS:.0f} s: end that process or wait for it"
    return "check that the directory exists, has room, and may be written to"
