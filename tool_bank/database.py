"""One connection to a SQLite file of ours, a bank's or another: transactions, and errors in its own words.

WAL with full synchronisation: what a transaction has returned survives a crash of the machine. Threads may
share a connection, processes open their own. A new file is made beside and put in its place whole, so that
an empty one is known for what it is: one that was lost, never a new one.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tool_bank.errors import BankUnavailable
from tool_bank.record_schema import APPLICATION_ID, NEWEST, statements

LOCK_SECONDS = 30.0  # longest wait for another process's transaction
BATCH = 500  # values in one statement, below every SQLite's limit


@dataclass(frozen=True)
class Layout:
    """What a file holds.

    Attributes:
        noun: What the file is, in words.
        application_id: SQLite's mark of such files.
        newest: Number of the newest schema, from 1.
        statements: Yields what makes the newest schema of the one of a number, 0 for a new file.
        error: Raised for whatever goes wrong with the file.
        mend: What to do about a damaged file.
    """

    noun: str
    application_id: int
    newest: int
    statements: Callable[[int], Iterator[str]]
    error: Callable[[str], Exception]
    mend: Callable[[Path], str]


def _bank_mend(path: Path) -> str:
    return (
        "put a copy in its place, or save what can be read by `funsearch tools export SAVED.jsonl --salvage "
        f"--bank {path.parent}` and import that into a new bank"
    )


BANK = Layout("tool bank", APPLICATION_ID, NEWEST, statements, BankUnavailable, _bank_mend)


class Database:
    """One file, of the newest schema of its layout."""

    def __init__(self, path: Path, layout: Layout = BANK) -> None:
        """Opens the file, making it where there is none, and brings it to the newest schema.

        Raises:
            BankUnavailable: The file cannot be opened or written, is damaged, is no bank, or a newer one;
                another layout raises its own error.
        """
        self._path = path
        self._layout = layout
        self._lock = threading.RLock()
        if not path.exists():
            with suppress(
                OSError
            ):  # where files cannot be linked, SQLite makes it; where nothing can, it says why
                _make(path, layout)
        elif not path.stat().st_size:
            raise self.damage(f"expected a {layout.noun}, found an empty file")
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

    def each(self, statement: str) -> Iterator[tuple[Any, ...]]:
        """Yields what a question finds, row by row; to be called within `snapshot`."""
        with self._translated():
            yield from self._connection.execute(statement)

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
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within is of one moment, whatever other processes write."""
        with self._lock, self._translated():
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._roll_back()

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # after some errors SQLite has done so itself
            self._connection.execute("ROLLBACK")

    @contextmanager
    def quick_transaction(self) -> Iterator[None]:
        """As `transaction`, not waiting for the disk: survives the process, not a crash of the machine."""
        with self._lock, self._translated():
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("PRAGMA synchronous = NORMAL")
            try:
                with self.transaction():
                    yield
            finally:
                self._connection.execute("PRAGMA synchronous = FULL")

    def _prepare(self) -> None:
        """Refuses what is not of this schema or an older one; makes the tables that are missing."""
        if self._schema() < self._layout.newest:
            with self.transaction():  # asked again: another process may have made them meanwhile
                for statement in self._layout.statements(self._schema()):
                    self._connection.execute(statement)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")

    def _schema(self) -> int:
        """Returns the number of the file's schema, 0 for a new file."""
        ((found,),) = self.rows("PRAGMA user_version")
        is_new = found == 0 and not self.rows("SELECT 1 FROM sqlite_master LIMIT 1")
        layout = self._layout
        if not is_new and self.rows("PRAGMA application_id")[0][0] != layout.application_id:
            raise layout.error(f"{self._path}: expected a {layout.noun}, found another program's SQLite file")
        if found > layout.newest:
            raise layout.error(
                f"{self._path}: expected a record of schema {layout.newest} or older, found {found}; "
                "a newer funsearch wrote it: update this one"
            )
        return int(found)

    def parsed(self, text: str, what: str) -> Any:  # noqa: ANN401
        """Returns JSON of the file; raises the layout's error, which names `what`, where it is none."""
        try:
            return json.loads(text)
        except (ValueError, TypeError) as error:
            raise self.damage(f"{what} is not as it was written") from error

    def damage(self, what: str) -> Exception:
        """Returns the error for a file that holds what was never written."""
        return self._layout.error(f"{self._path}: {what}; {self._damaged()}")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._layout.error(f"{self._path}: SQLite says: {error}; {self._mend(error)}") from error

    def _mend(self, error: sqlite3.DatabaseError) -> str:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) or "decode to UTF-8" in str(error):
            return self._damaged()
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return f"another process has held it for {LOCK_SECONDS:.0f} s: end that process or wait for it"
        return "check that the directory exists, has room, and may be written to"

    def _damaged(self) -> str:
        return f"the file is damaged: {self._layout.mend(self._path)}"


def batches(values: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields values in portions for `IN (...)`, each with its question marks."""
    waiting = sorted(values)
    for first in range(0, len(waiting), BATCH):
        batch = tuple(waiting[first : first + BATCH])
        yield ", ".join("?" * len(batch)), batch


def now() -> str:
    """Returns the time as the record writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _make(path: Path, layout: Layout) -> None:
    """Makes a new file, whole or not at all; another process may be doing the same."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    try:
        with closing(sqlite3.connect(beside, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            for statement in layout.statements(0):
                connection.execute(statement)
            connection.execute("COMMIT")
        with suppress(FileExistsError):
            os.link(beside, path)
    except sqlite3.DatabaseError as error:
        raise OSError(str(error)) from error
    finally:
        beside.unlink(missing_ok=True)
