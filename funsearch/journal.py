"""The journal: every sample, evaluation and registration of a run, in SQLite.

The archive is a fold over it. What is in the journal is never computed again; what is not in it never
happened. Each write is one transaction in WAL mode, so a killed process loses at most what it had not
been told was stored.

    tickets        one prompt: which sampler, which island, what it cost
    candidates     what came of a ticket, in order; duplicates and defects included
    evaluations    the scores of a candidate, as soon as they are known
    registrations  the order in which finished tickets entered the archive
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators import Evaluation
from funsearch.exceptions import JournalError

FILE_NAME = "archive.sqlite"
SCHEMA_VERSION = 1
LOCK_SECONDS = 10.0  # how long to wait for another process to let go of the file
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE tickets (
    stream TEXT NOT NULL, ticket INTEGER NOT NULL, island INTEGER NOT NULL, generation INTEGER NOT NULL,
    parents TEXT NOT NULL, seconds REAL NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (stream, ticket)) WITHOUT ROWID;
CREATE TABLE candidates (
    id INTEGER PRIMARY KEY, stream TEXT NOT NULL, ticket INTEGER NOT NULL, position INTEGER NOT NULL,
    source TEXT NOT NULL, fingerprint TEXT, defect TEXT, duplicate_of INTEGER,
    UNIQUE (stream, ticket, position));
CREATE TABLE evaluations (
    candidate INTEGER PRIMARY KEY REFERENCES candidates, score REAL, scores TEXT NOT NULL,
    integrity TEXT NOT NULL, feedback TEXT NOT NULL, seconds REAL NOT NULL, cpu_seconds REAL NOT NULL,
    peak_memory_bytes INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE registrations (
    position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, ticket INTEGER NOT NULL,
    elapsed_seconds REAL NOT NULL, UNIQUE (stream, ticket));
"""


@dataclass(frozen=True)
class Ticket:
    """One prompt and where its candidates belong."""

    stream: str
    number: int
    island: int
    generation: int
    parents: tuple[int, ...]
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class StoredCandidate:
    """A candidate as the journal has it; `evaluation` is None until it is known."""

    id: int
    position: int
    source: str
    fingerprint: str | None
    defect: str | None
    duplicate_of: int | None
    evaluation: Evaluation | None = None
    seconds: float = 0.0

    @property
    def is_evaluable(self) -> bool:
        """Whether it is new and sound, so worth the sandbox."""
        return self.defect is None and self.duplicate_of is None


class Journal:
    """The journal of one run.

    Args:
        directory: The run's directory; the file in it is created where it is missing.

    Raises:
        JournalError: The file cannot be opened, or is no journal of this version.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        with self._translated_errors():
            self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=LOCK_SECONDS)
            self._prepare()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        # NORMAL survives the death of the process at any moment; only power loss may take the last writes.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif version != SCHEMA_VERSION:
            raise JournalError(
                f"{self.path}: expected a journal of version {SCHEMA_VERSION}, found {version}; "
                "use the funsearch version that wrote it"
            )

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def record_ticket(self, ticket: Ticket, candidates: list[StoredCandidate]) -> None:
        """Stores what a prompt gave, as one transaction."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    ticket.stream, ticket.number, ticket.island, ticket.generation,
                    json.dumps(ticket.parents), ticket.seconds, ticket.prompt_tokens,
                    ticket.completion_tokens, time.time(),
                ),
            )  # fmt: skip
            self._connection.executemany(
                "INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        c.id,
                        ticket.stream,
                        ticket.number,
                        c.position,
                        c.source,
                        c.fingerprint,
                        c.defect,
                        c.duplicate_of,
                    )
                    for c in candidates
                ],
            )

    def record_evaluation(self, candidate: int, evaluation: Evaluation, seconds: float) -> None:
        """Stores the scores of a candidate, as one transaction; a second score for it is refused."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    candidate, evaluation.score, json.dumps(dict(evaluation.scores_per_test)),
                    evaluation.integrity, evaluation.feedback, seconds, evaluation.cpu_seconds,
                    evaluation.peak_memory_bytes, time.time(),
                ),
            )  # fmt: skip

    def record_registration(self, stream: str, ticket: int, elapsed_seconds: float) -> None:
        """Stores that a ticket's candidates enter the archive now, `elapsed_seconds` into the run."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO registrations (stream, ticket, elapsed_seconds) VALUES (?, ?, ?)",
                (stream, ticket, elapsed_seconds),
            )

    def set_meta(self, key: str, value: str) -> None:
        """Stores a fact about the run."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def meta(self, key: str) -> str | None:
        """Returns a stored fact, None if it was never set."""
        row = next(iter(self._rows("SELECT value FROM meta WHERE key = ?", key)), None)
        return None if row is None else str(row[0])

    def registrations(self) -> Iterator[tuple[Ticket, list[StoredCandidate], float]]:
        """Yields the registered tickets in their order, with their candidates and the elapsed seconds."""
        rows = self._rows("SELECT stream, ticket, elapsed_seconds FROM registrations ORDER BY position")
        for stream, number, elapsed in rows:
            yield self._ticket(stream, number), self._candidates(stream, number), elapsed

    def unregistered(self) -> list[tuple[Ticket, list[StoredCandidate]]]:
        """Returns the tickets that were sampled but not registered, in order."""
        rows = self._rows(
            "SELECT stream, ticket FROM tickets EXCEPT SELECT stream, ticket FROM registrations "
            "ORDER BY stream, ticket"
        )
        return [(self._ticket(*row), self._candidates(*row)) for row in rows]

    def _ticket(self, stream: str, number: int) -> Ticket:
        [row] = self._rows(
            "SELECT island, generation, parents, seconds, prompt_tokens, completion_tokens FROM tickets "
            "WHERE stream = ? AND ticket = ?",
            stream,
            number,
        )
        island, generation, parents, *costs = row
        return Ticket(stream, number, island, generation, tuple(json.loads(parents)), *costs)

    def _candidates(self, stream: str, number: int) -> list[StoredCandidate]:
        rows = self._rows(
            "SELECT id, position, source, fingerprint, defect, duplicate_of, candidate, score, scores, "
            "integrity, feedback, cpu_seconds, peak_memory_bytes, seconds "
            "FROM candidates LEFT JOIN evaluations ON candidate = id "
            "WHERE stream = ? AND ticket = ? ORDER BY position",
            stream,
            number,
        )
        return [_stored_candidate(row) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:  # commits, or rolls back on an exception
                yield

    def _rows(self, query: str, *parameters: str | int) -> list[Any]:
        with self._translated_errors():
            return self._connection.execute(query, parameters).fetchall()

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a second score for one candidate, say: a mistake of ours, not of the machine
        except sqlite3.Error as error:
            raise JournalError(
                f"{self.path}: the journal cannot be used: {error}; all that was stored before is safe, "
                "`funsearch resume` goes on once this is mended"
            ) from error


def _stored_candidate(row: tuple[Any, ...]) -> StoredCandidate:
    number, position, source, fingerprint, defect, duplicate_of, evaluated, score, scores, *rest = row
    integrity, feedback, cpu_seconds, peak_memory_bytes, seconds = rest
    evaluation = None
    if evaluated is not None:
        evaluation = Evaluation(
            score, json.loads(scores), integrity, feedback, cpu_seconds, peak_memory_bytes
        )
    return StoredCandidate(
        number, position, source, fingerprint, defect, duplicate_of, evaluation, seconds or 0.0
    )
