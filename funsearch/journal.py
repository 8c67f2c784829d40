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

import itertools
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from evaluators import Evaluation
from funsearch.exceptions import JournalError

FILE_NAME = "archive.sqlite"
SCHEMA_VERSION = 2
TOO_SIMILAR = "too similar"  # how the defect begins of what the novelty filter turned away
LOCK_SECONDS = 10.0  # how long to wait for another process to let go of the file
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tickets (
    stream TEXT NOT NULL, ticket INTEGER NOT NULL, island INTEGER NOT NULL, generation INTEGER NOT NULL,
    parents TEXT NOT NULL, seconds REAL NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (stream, ticket)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS candidates (
    id INTEGER PRIMARY KEY, stream TEXT NOT NULL, ticket INTEGER NOT NULL, position INTEGER NOT NULL,
    source TEXT NOT NULL, fingerprint TEXT, defect TEXT, duplicate_of INTEGER,
    UNIQUE (stream, ticket, position));
CREATE UNIQUE INDEX IF NOT EXISTS known ON candidates (fingerprint)
    WHERE fingerprint IS NOT NULL AND duplicate_of IS NULL;
CREATE TABLE IF NOT EXISTS evaluations (
    candidate INTEGER PRIMARY KEY REFERENCES candidates, score REAL, scores TEXT NOT NULL,
    integrity TEXT NOT NULL, feedback TEXT NOT NULL, seconds REAL NOT NULL, cpu_seconds REAL NOT NULL,
    peak_memory_bytes INTEGER NOT NULL, measures TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS registrations (
    position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, ticket INTEGER NOT NULL,
    elapsed_seconds REAL NOT NULL, UNIQUE (stream, ticket));
"""
_TICKET_COLUMNS = (
    "tickets.stream, tickets.ticket, island, generation, parents, tickets.seconds, prompt_tokens, "
    "completion_tokens"
)
_CANDIDATE_COLUMNS = (
    "candidates.id, candidates.position AS place, source, fingerprint, defect, duplicate_of, score, scores, "
    "integrity, feedback, cpu_seconds, peak_memory_bytes, measures, evaluations.seconds"
)
_WITH_CANDIDATES = (
    "LEFT JOIN candidates ON candidates.stream = tickets.stream AND candidates.ticket = tickets.ticket "
    "LEFT JOIN evaluations ON candidate = candidates.id"
)
_Row: TypeAlias = tuple[Any, ...]


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
    def is_similar(self) -> bool:
        """Whether the novelty filter turned it away."""
        return self.defect is not None and self.defect.startswith(TOO_SIMILAR)

    @property
    def is_evaluable(self) -> bool:
        """Whether it is new and sound, so worth the sandbox."""
        return self.defect is None and self.duplicate_of is None


class Journal:
    """The journal of one run.

    Args:
        directory: The run's directory; the file in it is created where it is missing.
        connection: An open one to read by (`journal_reading.opened`); None opens the file for writing.

    Raises:
        JournalError: The file cannot be opened, or is no journal of this version.
    """

    def __init__(self, directory: Path, connection: sqlite3.Connection | None = None) -> None:
        self.path = directory / FILE_NAME
        if connection is not None:
            self._connection = connection
            return
        with self._translated_errors():
            self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=LOCK_SECONDS)
            self._prepare()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        # NORMAL survives the death of the process at any moment; only power loss may take the last writes.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:  # another process may be at it too: hence "if not exists"
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
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
                "INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    candidate, evaluation.score, json.dumps(dict(evaluation.scores_per_test)),
                    evaluation.integrity, evaluation.feedback, seconds, evaluation.cpu_seconds,
                    evaluation.peak_memory_bytes, json.dumps(dict(evaluation.measures)), time.time(),
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

    def program(self, candidate: int) -> tuple[str, str]:
        """Returns the text of an evaluated candidate's function, and what its evaluation said of it."""
        query = "SELECT source, feedback FROM candidates JOIN evaluations ON candidate = id WHERE id = ?"
        [(source, feedback)] = self._rows(query, candidate)
        return source, feedback

    def first_with(self, fingerprint: str) -> int | None:
        """Returns the number of the candidate that had this fingerprint first, None for a new one."""
        found = self._rows(
            "SELECT id FROM candidates WHERE fingerprint = ? AND duplicate_of IS NULL", fingerprint
        )
        return int(found[0][0]) if found else None

    def islands(self) -> list[int]:
        """Returns the islands that prompts were drawn from."""
        return [int(island) for (island,) in self._rows("SELECT DISTINCT island FROM tickets")]

    def last_admitted(self, island: int, count: int) -> list[tuple[int, str]]:
        """Returns number and text of the last candidates of an island that were to be scored, in order."""
        found = self._rows(
            "SELECT id, source FROM candidates CROSS JOIN tickets USING (stream, ticket) "
            "WHERE island = ? AND defect IS NULL AND duplicate_of IS NULL ORDER BY id DESC LIMIT ?",
            island,
            count,
        )
        return [(int(number), str(source)) for number, source in reversed(found)]

    def streams(self) -> dict[str, tuple[int, int]]:
        """Returns of each stream that drew prompts how many, and the highest island that they used."""
        rows = self._rows("SELECT stream, MAX(ticket) + 1, MAX(island) FROM tickets GROUP BY stream")
        return {stream: (tickets, island) for stream, tickets, island in rows}

    def counts(self) -> tuple[int, int]:
        """Returns the highest number of a candidate (0 for none), and how many evaluations there are."""
        [(candidates,)] = self._rows("SELECT COALESCE(MAX(id), 0) FROM candidates")
        [(evaluations,)] = self._rows("SELECT COUNT(*) FROM evaluations")
        return candidates, evaluations

    def registrations(self) -> Iterator[tuple[Ticket, list[StoredCandidate], float]]:
        """Yields the registered tickets in their order, with their candidates and the elapsed seconds."""
        rows = self._stream(
            f"SELECT {_TICKET_COLUMNS}, {_CANDIDATE_COLUMNS}, elapsed_seconds FROM registrations "
            f"JOIN tickets USING (stream, ticket) {_WITH_CANDIDATES} ORDER BY registrations.position, place"
        )
        for ticket, candidates, group in _grouped(rows):
            yield ticket, candidates, group[-1]

    def unregistered(self) -> list[tuple[Ticket, list[StoredCandidate]]]:
        """Returns the tickets that were sampled but not registered, in order."""
        rows = self._stream(
            f"SELECT {_TICKET_COLUMNS}, {_CANDIDATE_COLUMNS} FROM "
            "(SELECT stream, ticket FROM tickets EXCEPT SELECT stream, ticket FROM registrations) "
            f"JOIN tickets USING (stream, ticket) {_WITH_CANDIDATES} "
            "ORDER BY tickets.stream, tickets.ticket, place"
        )
        return [(ticket, candidates) for ticket, candidates, _ in _grouped(rows)]

    def valid_programs(self) -> Iterator[tuple[int, int, Evaluation]]:
        """Yields number, length in characters and evaluation of every valid program, in their order."""
        rows = self._stream(
            "SELECT candidate, LENGTH(source), score, scores, cpu_seconds, measures "
            "FROM evaluations JOIN candidates ON id = candidate WHERE score IS NOT NULL ORDER BY candidate"
        )
        for number, length, score, scores, cpu_seconds, measures in rows:
            evaluation = Evaluation(
                score, json.loads(scores), cpu_seconds=cpu_seconds, measures=json.loads(measures)
            )
            yield number, length, evaluation

    def registered_scores(self) -> Iterator[float | None]:
        """Yields the score of every evaluation that entered the archive, in that order; None for invalid."""
        rows = self._stream(
            "SELECT score FROM registrations JOIN candidates USING (stream, ticket) "
            "JOIN evaluations ON candidate = id ORDER BY registrations.position, candidates.position"
        )
        yield from (score for (score,) in rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:  # commits, or rolls back on an exception
                yield

    def _rows(self, query: str, *parameters: str | int) -> list[Any]:
        with self._translated_errors():
            return self._connection.execute(query, parameters).fetchall()

    def _stream(self, query: str) -> Iterator[_Row]:
        """Yields rows one by one: a journal may be larger than memory."""
        with self._translated_errors():
            yield from self._connection.execute(query)

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


def _grouped(rows: Iterator[_Row]) -> Iterator[tuple[Ticket, list[StoredCandidate], _Row]]:
    """Yields each ticket with its candidates, and its last row, from rows that are in order."""
    for (stream, number), group in itertools.groupby(rows, key=lambda row: row[:2]):
        of_ticket = list(group)
        island, generation, parents, *costs = of_ticket[0][2:8]
        ticket = Ticket(stream, number, island, generation, tuple(json.loads(parents)), *costs)
        yield ticket, [_stored_candidate(row[8:22]) for row in of_ticket if row[8] is not None], of_ticket[-1]


def _stored_candidate(row: _Row) -> StoredCandidate:
    number, position, source, fingerprint, defect, duplicate_of, score, scores, *rest = row
    integrity, feedback, cpu_seconds, peak_memory_bytes, measures, seconds = rest
    evaluation = None
    if scores is not None:
        evaluation = Evaluation(
            score,
            json.loads(scores),
            integrity,
            feedback,
            cpu_seconds,
            peak_memory_bytes,
            json.loads(measures),
        )
    return StoredCandidate(
        number, position, source, fingerprint, defect, duplicate_of, evaluation, seconds or 0.0
    )
