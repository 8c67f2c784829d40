"""Keeps every exchange with a model: JSON Lines in a directory, one file per process, only ever added to.

A line is written by one call of the system, so what was written survives the death of the process, and no
line is mixed with another's. The disk is waited for (fsync) when a file is full and when the traces are
closed, not for each line: a failure of the power may cost the last ones. A file that is full (`FILE_BYTES`)
is followed by a new one; none is ever deleted. Secrets are masked before anything is written (redaction.py).
What cannot be written is told of once, as a warning in the log, and stops nobody's work.

    {"kind": "exchange", "id", "at", "purpose", "backend", "request", "answer" or "error", "seconds", ...}
    {"kind": "outcome", "exchange": id, "at", "choice", "accepted", "score", "note"}
"""

from __future__ import annotations

import json
import logging
import math
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from language_models.redaction import redacted_value

logger = logging.getLogger(__name__)

FILE_BYTES = 64 << 20
PATTERN = "exchanges-*.jsonl"
VARIABLE = "FUNSEARCH_TRACES"
DEFAULT = Path("runs/traces")
OFF = "off"
READABLE_BY_OWNER = 0o600


class Traces:
    """Writes exchanges and outcomes into a directory; safe for threads, and for processes that fork.

    Args:
        directory: Made when the first line is written.
        file_bytes: Size at which a file is full.
    """

    def __init__(self, directory: Path, *, file_bytes: int = FILE_BYTES) -> None:
        self.directory = directory.absolute()
        self._file_bytes = file_bytes
        self._lock = threading.Lock()
        self._file: int | None = None
        self._process = os.getpid()
        self._written = 0
        self._has_warned = False

    def __repr__(self) -> str:
        return f"Traces({str(self.directory)!r})"

    def exchange(self, record: Mapping[str, Any], name: str | None = None) -> str:
        """Adds an exchange, under a new name where none is given; returns its name."""
        name = name or new_name()
        self._add({"kind": "exchange", "id": name, "at": _now(), **record})
        return name

    def outcome(self, exchange: str, outcome: Outcome) -> None:
        """Adds what became of an exchange."""
        told = {key: value for key, value in vars(outcome).items() if value is not None and value != ""}
        if outcome.score is not None and not math.isfinite(outcome.score):
            told["score"] = None  # JSON has no word for it
        self._add({"kind": "outcome", "exchange": exchange, "at": _now(), **told})

    def close(self) -> None:
        """Ends the file; what is added later begins a new one."""
        with self._lock:
            self._end_file()

    def _add(self, record: Mapping[str, Any]) -> None:
        try:
            line = json.dumps(redacted_value(record), ensure_ascii=False, default=str) + "\n"
            with self._lock:
                self._write(line.encode(errors="backslashreplace"))
        except (OSError, ValueError, RecursionError) as error:
            self._warn(error)

    def _write(self, line: bytes) -> None:
        if self._process != os.getpid():  # a fork: the file belongs to the parent
            self._file, self._process = None, os.getpid()
        if self._file is not None and self._written + len(line) > self._file_bytes:
            self._end_file()
        if self._file is None:
            self._file, self._written = self._new_file(), 0
        written = os.write(self._file, line)
        self._written += written
        if written < len(line):  # the disk is full: the next line must not continue this one
            self._end_file()
            raise OSError(f"only {written} of {len(line)} bytes could be written")

    def _new_file(self) -> int:
        self.directory.mkdir(parents=True, exist_ok=True)
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        name = f"exchanges-{moment}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        return os.open(self.directory / name, flags, READABLE_BY_OWNER)

    def _end_file(self) -> None:
        file, self._file = self._file, None
        if file is not None and self._process == os.getpid():
            try:
                os.fsync(file)
            finally:
                os.close(file)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "traces in %s: exchanges cannot be written (%s: %s); the work goes on without them. "
                "Free the disk, or set %s to another directory or to %r",
                self.directory, type(error).__name__, error, VARIABLE, OFF,
            )  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a reply.

    Attributes:
        choice: Which of the replies, from 0.
        accepted: Whether it was of use; None where that is not known.
        score: What it was worth.
        note: Why.
    """

    choice: int = 0
    accepted: bool | None = None
    score: float | None = None
    note: str = ""


@dataclass(frozen=True)
class TracedExchange:
    """An exchange in the traces, to which its outcome can be added."""

    id: str
    traces: Traces

    def outcome(
        self, *, accepted: bool | None = None, score: float | None = None, note: str = "", choice: int = 0
    ) -> None:
        """Adds what became of one of its replies."""
        self.traces.outcome(self.id, Outcome(choice, accepted, score, note))


def traces_from(environment: Mapping[str, str] | None = None) -> Traces | None:
    """Returns the traces that $FUNSEARCH_TRACES asks for: runs/traces where it is unset, None for "off"."""
    named = (os.environ if environment is None else environment).get(VARIABLE) or str(DEFAULT)
    return None if named.strip().lower() == OFF else Traces(Path(named).expanduser())


def new_name() -> str:
    """Returns a name for an exchange that no other has."""
    return secrets.token_hex(8)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
