"""The runs under one directory: their names, and a reader of each that is looked at."""

from __future__ import annotations

import json
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from funsearch.config import RunConfig
from funsearch.exceptions import FunsearchError, RunError
from funsearch.journal import FILE_NAME
from funsearch.journal_reading import opened
from funsearch.run_directory import CONFIG_NAME, is_locked, read_config
from funsearch.run_reader import RunReader, RunReading
from funsearch.task import Task
from funsearch.task_loading import load_task
from service.web.problems import Missing

READERS = 16  # kept; a reader that is gone reads its run again, in less than a second
LARGEST_CONFIG = 1 << 20  # bytes
_FILES = (CONFIG_NAME, FILE_NAME)

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by key, those that were used last.

    Args:
        most: How many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Returns a value, made where it is not kept; two threads may make the same one."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


@dataclass(frozen=True)
class RunSummary:
    """A run in a list.

    Attributes:
        name: Of its directory.
        changed: When its journal was last written, in seconds since 1970.
        is_running: Whether a process works on it.
        config: Its settings; None for a damaged run.
        evaluations: Completed ones.
        best_score: None before the first.
        conclusion: How it ended, as it was stored; empty where it has not.
        damage: Why it cannot be read; "" for a sound run.
    """

    name: str
    changed: float
    is_running: bool = False
    config: RunConfig | None = None
    evaluations: int = 0
    best_score: float | None = None
    conclusion: Any = None
    damage: str = ""


class RunLibrary:
    """Finds and reads runs.

    Args:
        parent: Under which they are.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._readers: Kept[RunReader] = Kept(READERS)
        self._tasks: Kept[Task | None] = Kept(READERS)

    def names(self) -> list[str]:
        """Returns the names of all runs, damaged ones too, the one that was written last first."""
        try:
            entries = [entry.name for entry in os.scandir(self._parent)]
        except OSError:
            return []
        found = [(self._changed(name), name) for name in entries if self._is_run(name)]
        return [name for _, name in sorted(found, reverse=True)]

    def directory(self, name: str) -> Path:
        """Returns the directory of a run.

        Raises:
            Missing: There is none of that name in here.
        """
        if not self._is_run(name):
            raise Missing(
                f"run {name[:80]!r}: expected the name of a run under {self._parent}, found none of that name"
            )
        return self._parent / name

    def reading(self, name: str) -> RunReading:
        """Returns a run as it is now.

        Raises:
            Missing: There is no such run.
            RunError: It is damaged.
        """
        directory = self.directory(name)
        _check_size(directory)
        return self._readers.get(name, partial(RunReader, directory)).read()

    def summary(self, name: str) -> RunSummary:
        """Returns a run as a list shows it; damage is told of, and is no error."""
        directory = self._parent / name
        changed = self._changed(name)
        try:
            _check_size(directory)
            config = read_config(directory)
            evaluations, best, conclusion = _figures(directory)
        except (RunError, OSError) as error:
            return RunSummary(name, changed, is_locked(directory), damage=str(error))
        return RunSummary(name, changed, is_locked(directory), config, evaluations, best, conclusion)

    def task(self, config: RunConfig) -> Task | None:
        """Returns the task of a run, which knows its words; None where it cannot be loaded any more."""
        return self._tasks.get(repr((config.task, config.inputs, config.screen)), partial(task_of, config))

    def _is_run(self, name: str) -> bool:
        """Tells whether a directory right in here, of that name, holds a run or what is left of one."""
        if name in ("", ".", "..") or not name.isprintable() or set(name) & set("/\\"):
            return False
        parent = self._parent.resolve()
        place = parent / name
        with suppress(OSError):
            there = [file for file in _FILES if (place / file).exists()]
            files = [file for file in there if (place / file).is_file()]
            if files != there:  # a pipe or a device in a file's place may never end
                return False
            within = place.resolve() == place and all(
                (place / file).resolve() == place / file for file in files
            )
            return bool(files) and within
        return False

    def _changed(self, name: str) -> float:
        for file in (FILE_NAME + "-wal", *reversed(_FILES)):
            with suppress(OSError):
                return (self._parent / name / file).stat().st_mtime
        return 0.0


def _check_size(directory: Path) -> None:
    """Raises `RunError` where the settings are no file that one would want to read."""
    path = directory / CONFIG_NAME
    if path.exists() and path.stat().st_size > LARGEST_CONFIG:
        raise RunError(f"{path}: expected at most {LARGEST_CONFIG:,} bytes, found more; the file was changed")


def _figures(directory: Path) -> tuple[int, float | None, Any]:
    """Returns how many evaluations a run has, its best score and how it ended; reads no program."""
    with opened(directory) as connection:
        evaluations, best = connection.execute("SELECT count(*), max(score) FROM evaluations").fetchone()
        query = "SELECT key, value FROM meta WHERE key IN ('initial scores', 'conclusion')"
        try:
            facts = {key: json.loads(value) for key, value in connection.execute(query)}
            scores = [
                score for score in (best, (facts.get("initial scores") or [None])[0]) if score is not None
            ]
            if not all(map(math.isfinite, scores)):
                raise ValueError(f"expected finite scores, found {scores}")
            return evaluations, max(scores, default=None), facts.get("conclusion")
        except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
            raise RunError(f"{directory / FILE_NAME}: the journal is damaged: {error}") from error


def task_of(config: RunConfig) -> Task | None:
    """Returns the task of a run; None where it cannot be loaded any more."""
    with suppress(FunsearchError, ValueError, OSError, SyntaxError):
        return load_task(config.task, config.inputs, config.screen)
    return None
