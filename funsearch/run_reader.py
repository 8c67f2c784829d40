"""Reads a run, finished or running, again and again: each time only what has come since.

Never disturbs whoever writes it. What is kept does not grow with the run (`run_fold.py`).
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from funsearch.config import RunConfig
from funsearch.exceptions import JournalError
from funsearch.journal import FILE_NAME, TOO_SIMILAR
from funsearch.journal_reading import has_writer, opened
from funsearch.progress import SamplerCount
from funsearch.run_curves import Record, Scored, Step
from funsearch.run_directory import is_locked, read_config
from funsearch.run_fold import RunFold, add_candidate, copied

TICKETS_AT_ONCE = 2_000  # in one query, so that no reading lasts
_CONFIG = TypeAdapter(RunConfig)
_CANDIDATE = (
    "t.seconds, t.prompt_tokens, t.completion_tokens, c.id, "
    "CASE WHEN c.defect IS NULL THEN 0 "
    f"WHEN substr(c.defect, 1, {len(TOO_SIMILAR)}) = '{TOO_SIMILAR}' THEN 2 ELSE 1 END, "
    "c.duplicate_of IS NOT NULL, e.score, e.seconds, e.candidate IS NOT NULL, "
    "coalesce(c.position, 0) = 0"
)
_TABLES = (
    "CROSS JOIN tickets t ON t.stream = r.stream AND t.ticket = r.ticket "
    "LEFT JOIN candidates c ON c.stream = r.stream AND c.ticket = r.ticket "
    "LEFT JOIN evaluations e ON e.candidate = c.id"
)
_REGISTERED = (
    f"SELECT r.stream, t.island, t.generation, r.elapsed_seconds, {_CANDIDATE} "
    f"FROM registrations r {_TABLES} "
    "WHERE r.position > ? AND r.position <= ? ORDER BY r.position, c.position"
)
_PENDING = f"SELECT {_CANDIDATE} FROM tickets r {_TABLES} WHERE r.stream = ? AND r.ticket > ?"


@dataclass(frozen=True)
class RunReading:
    """A run as it was at one moment.

    Attributes:
        directory: Where it is.
        config: Its settings.
        version: Changes whenever anything here does.
        is_running: Whether a process is working on it.
        evaluations: Completed ones, those that wait for their turn to enter the archive included.
        registered: Those that have entered it.
        valid: Those of them that earned a score.
        seconds: Wall time over all resumptions.
        best: The best program; None before the first.
        records: Programs that were the best when they came, the initial one first; thinned where very many.
        recorded: How often a program became the best of the run.
        samplers: Best-so-far steps of each sampler.
        islands: Steps of each island's best score; a reset lifts a weak island to a stronger one's.
        resets: How often the weaker half of the islands was reset.
        sample: Evenly many valid programs of the whole run.
        counts: What each sampler proposed and what came of it.
        meta: Facts that the run has stored of itself.
    """

    directory: Path
    config: RunConfig
    version: str
    is_running: bool
    evaluations: int
    registered: int
    valid: int
    seconds: float
    best: Record | None
    records: tuple[Record, ...]
    recorded: int
    samplers: Mapping[str, tuple[Step, ...]]
    islands: tuple[tuple[Step, ...], ...]
    resets: int
    sample: tuple[Scored, ...]
    counts: Mapping[str, SamplerCount]
    meta: Mapping[str, Any]


class RunReader:
    """Reads one run; safe for threads.

    Args:
        directory: Of the run.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._config: RunConfig | None = None
        self._file = (0, 0)
        self._fold: RunFold | None = None
        self._position = 0
        self._last: dict[str, int] = {}  # the last registered ticket of each stream
        self._pending: dict[str, SamplerCount] = {}
        self._meta: dict[str, Any] = {}

    def read(self) -> RunReading:
        """Returns the run as it is now.

        Raises:
            RunError: The directory holds no run, or what it holds is damaged.
        """
        with self._lock:
            is_running = is_locked(self._directory)  # first: what ends meanwhile is read whole the next time
            self._catch_up()
            return self._reading(is_running)

    def _catch_up(self) -> None:
        had_writer = has_writer(self._directory)
        config = read_config(self._directory)
        with opened(self._directory) as connection:
            try:
                self._begin_anew_if(config, connection)
                self._take_all(connection)
                self._count_pending(connection)
            except (ValueError, TypeError, KeyError, OverflowError, JournalError) as error:
                self._fold = None
                where = self._directory / FILE_NAME
                raise JournalError(f"{where}: the journal is damaged: {error}") from error
        if not had_writer and has_writer(self._directory):
            self._fold = (
                None  # it was read as a file that nobody changes, and somebody came: again, from the start
            )
            self._catch_up()

    def _begin_anew_if(self, config: RunConfig, connection: sqlite3.Connection) -> None:
        """Forgets what was read where the run is another one now, or its islands are."""
        status = (self._directory / FILE_NAME).stat()
        file = (status.st_dev, status.st_ino)
        (last,) = connection.execute("SELECT coalesce(max(position), 0) FROM registrations").fetchone()
        decides = ("seed", "strategy", "archive", "samplers")
        is_same = self._config is not None and all(
            getattr(self._config, name) == getattr(config, name) for name in decides
        )
        self._meta = {key: _value(text) for key, text in connection.execute("SELECT key, value FROM meta")}
        if self._fold is None or file != self._file or not is_same or last < self._position:
            initial = self._meta.get("initial scores")
            self._fold = RunFold(config, float(initial[0]) if initial else None)
            self._position, self._last = 0, {}
        self._config, self._file = config, file

    def _take_all(self, connection: sqlite3.Connection) -> None:
        assert self._fold is not None
        while ends := connection.execute(
            "SELECT position, stream, ticket FROM registrations WHERE position > ? ORDER BY position LIMIT ?",
            (self._position, TICKETS_AT_ONCE),
        ).fetchall():
            last = ends[-1][0]
            rows = connection.execute(_REGISTERED, (self._position, last)).fetchall()
            self._fold.take(rows)
            self._last |= {stream: ticket for _, stream, ticket in ends}
            self._position = last

    def _count_pending(self, connection: sqlite3.Connection) -> None:
        """Counts the candidates of tickets that have yet to enter the archive: the window of each stream."""
        assert self._fold is not None
        self._pending = {}
        for stream in self._fold.counts:
            count = self._pending[stream] = SamplerCount()
            for row in connection.execute(_PENDING, (stream, self._last.get(stream, -1))):
                add_candidate(count, row[:3], row[3:])

    def _reading(self, is_running: bool) -> RunReading:
        fold, config = self._fold, self._config
        assert fold is not None
        assert config is not None
        counts = copied(fold.counts)
        for name, count in self._pending.items():
            for field, value in vars(count).items():
                setattr(counts[name], field, getattr(counts[name], field) + value)
        evaluations = sum(count.evaluated for count in counts.values())
        proposed = sum(count.proposed for count in counts.values())
        said = zlib.crc32(json.dumps([self._meta, _CONFIG.dump_python(config, mode="json")]).encode())
        return RunReading(
            directory=self._directory,
            config=config,
            version=f"{self._file[1]}-{self._position}-{proposed}-{evaluations}-{int(is_running)}-{said}",
            is_running=is_running,
            evaluations=evaluations,
            registered=fold.evaluations,
            valid=fold.valid,
            seconds=fold.seconds,
            best=fold.best,
            records=tuple(fold.records.items()),
            recorded=fold.recorded,
            samplers={name: tuple(steps.items()) for name, steps in fold.samplers.items()},
            islands=tuple(tuple(island.steps.items()) for island in fold.islands),
            resets=fold.resets,
            sample=tuple(fold.sample.items()),
            counts=counts,
            meta=dict(self._meta),
        )


def _value(text: str) -> Any:  # noqa: ANN401 - facts are JSON, or plain words
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
