"""The files of a bank and of an agent, looked at without a write: no lock, no journal, no repair.

A file of SQLite in WAL mode cannot be read without files beside it, unless nobody writes. So what has no
journal waiting is read in place as one that never changes, and else a copy is.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.examination.finding import Finding, in_one_line
from tool_bank.database import Layout

WRITER_BYTE = 120  # of the -shm file: locked while a process writes (SQLite's walformat.html, 2.3.1)
LOCKED_BYTES = (0x40000000, 512)  # of the file itself: locked by who writes without WAL, or keeps it alone
_FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux


@dataclass(frozen=True)
class Examined:
    """A file to look at.

    Attributes:
        name: What it is to its user.
        path: Where it is.
        layout: What it must hold.
        mend: What saves a damaged one.
        is_missing_well: What is said where there is none, which is no fault.
    """

    name: str
    path: Path
    layout: Layout
    mend: str
    none_yet: str


def record(examined: Examined, more: Callable[[sqlite3.Connection], str]) -> Iterator[Finding]:
    """Yields how a file stands; `more` tells in words what a sound one holds."""
    path, name = examined.path, examined.name
    try:
        if not path.exists():
            yield Finding(name, "ok", f"none in {path.parent} yet; {examined.none_yet}")
            return
        yield _contents(examined, more)
        yield from _access(name, path)
    except OSError as error:
        yield Finding(name, "failure", f"{path}: {error.strerror or error}", _readable(path))


def _contents(examined: Examined, more: Callable[[sqlite3.Connection], str]) -> Finding:
    name, path, layout = examined.name, examined.path, examined.layout
    if not path.is_file():
        return Finding(
            name, "failure", f"{path}: expected a file, found something else", f"mv {path} elsewhere"
        )
    if not os.access(path, os.R_OK):
        return Finding(name, "failure", f"{path} cannot be read", _readable(path))
    try:
        with _opened(path) as connection:
            fault = _fault(connection, layout)
            if fault:
                return Finding(name, "failure", f"{path}: {fault}", examined.mend)
            schema = connection.execute("PRAGMA user_version").fetchone()[0]
            if schema > layout.newest:
                told = f"{path}: schema {schema}, this funsearch knows {layout.newest}"
                return Finding(name, "failure", told, "update funsearch: a newer one wrote the file")
            age = "" if schema == layout.newest else " (older; brought up to date when it is opened next)"
            return Finding(name, "ok", f"{path}: schema {schema}{age}, {more(connection)}")
    except sqlite3.DatabaseError as error:
        return Finding(name, "failure", in_one_line(f"{path} is damaged: {error}"), examined.mend)


def _fault(connection: sqlite3.Connection, layout: Layout) -> str:
    if connection.execute("PRAGMA application_id").fetchone()[0] != layout.application_id:
        return f"expected a {layout.noun}, found another program's file, or an empty one"
    ((first,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    return "" if first == "ok" else in_one_line(f"damaged: {first}")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Opens a file for reading, without leaving anything beside it."""
    journal = path.with_name(f"{path.name}-wal")
    if not journal.exists() or not journal.stat().st_size:
        with closing(_connected(path, "immutable=1")) as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(prefix="funsearch-doctor-") as scratch:
        for file in (path, journal):
            shutil.copyfile(file, Path(scratch, file.name))
        with closing(_connected(Path(scratch, path.name), "mode=rw")) as connection:
            yield connection


def _connected(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, isolation_level=None)


def _access(name: str, path: Path) -> Iterator[Finding]:
    """Yields what stands in the way of writing."""
    for place in (path.parent, path):
        if not os.access(place, os.W_OK):
            mend = f"chmod u+w {shlex.quote(str(place))}, or choose another directory"
            yield Finding(f"{name}: writing", "warning", f"{place} is read-only: nothing can be added", mend)
            return
    writer = _writer(path)
    if writer:
        mend = f"wait for it; if it hangs, end it: kill {writer}"
        yield Finding(f"{name}: writing", "warning", f"process {writer} is writing to {path}", mend)


def _writer(path: Path) -> int:
    """Returns the process that holds the lock for writing, 0 where none does; asks without locking."""
    shared = path.with_name(f"{path.name}-shm")
    return _holder(path, *LOCKED_BYTES) or _holder(shared, WRITER_BYTE, 1)


def _holder(path: Path, start: int, length: int) -> int:
    question = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, start, length, 0)
    try:
        with path.open("rb") as stream:
            answer = struct.unpack(_FLOCK, fcntl.fcntl(stream, fcntl.F_GETLK, question))
    except (OSError, struct.error):
        return 0
    return int(answer[4]) if answer[0] != fcntl.F_UNLCK else 0


def _readable(path: Path) -> str:
    return f"ls -l {shlex.quote(str(path))}, and make it readable (chmod u+rw)"
