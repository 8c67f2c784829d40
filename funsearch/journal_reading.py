"""Opens a journal to look at it, without a trace: nothing is created, locked for long or changed.

A journal whose writer lives has a write-ahead log beside it and is read through that. One that was closed
has none; it is read as a file that nobody changes, which also works where nothing may be written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from funsearch.exceptions import JournalError
from funsearch.journal import FILE_NAME, SCHEMA_VERSION

WAIT_SECONDS = 2.0  # for a writer that is just opening or closing the file


@contextmanager
def opened(directory: Path) -> Iterator[sqlite3.Connection]:
    """Opens the journal of a run for reading.

    Whoever reads much of it reads it in pieces, a query each: a reading that lasts keeps the log from ending.

    Raises:
        JournalError: It is not there, of another version, or damaged.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        raise JournalError(f"{directory}: expected the journal of a run, found no file {FILE_NAME}")
    try:
        with closing(_connected(path)) as connection:
            _check_version(path, connection)
            yield connection
    except sqlite3.Error as error:
        raise JournalError(f"{path}: the journal cannot be read: {error}") from error


def has_writer(directory: Path) -> bool:
    """Tells whether a write-ahead log lies beside the journal: a process writes it, or died over it."""
    return (directory / f"{FILE_NAME}-wal").exists()


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA_VERSION:
        raise JournalError(
            f"{path}: expected a journal of version {SCHEMA_VERSION}, found {version}; "
            "use the funsearch version that wrote it"
        )


def _connected(path: Path) -> sqlite3.Connection:
    mode = "mode=ro" if has_writer(path.parent) else "immutable=1"
    address = f"file:{quote(str(path.absolute()))}?{mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=WAIT_SECONDS)
