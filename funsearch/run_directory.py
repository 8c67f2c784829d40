"""A run's directory: its configuration, its lock, its best program."""

from __future__ import annotations

import fcntl
import itertools
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from funsearch.config import RunConfig
from funsearch.exceptions import RunError
from funsearch.journal import FILE_NAME
from funsearch.places import DEFAULT_PARENT

CONFIG_NAME = "config.json"
BEST_NAME = "best.py"
LOCK_NAME = "lock"
_CONFIG = TypeAdapter(RunConfig)


def free_directory(task: str, seed: int) -> Path:
    """Returns a directory under runs/ that no run has yet."""
    stem = f"{plain_name(task)}-seed{seed}"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    paths = (DEFAULT_PARENT / name for name in names)
    return next(path for path in paths if not path.exists() or (path.is_dir() and not any(path.iterdir())))


def plain_name(task: str) -> str:
    """Returns a task's reference as the name of a folder: "cap_set?n=8" is "cap_set-n-8"."""
    name, _, parameters = task.partition("?")
    return re.sub(r"[^\w.-]+", "-", "-".join(filter(None, [Path(name).resolve().stem, parameters])))


def claim(directory: Path) -> None:
    """Makes the directory of a new run, still empty: a run that fails to start leaves nothing in the way.

    Raises:
        RunError: The directory cannot be written, or holds a run or anything else.
    """
    if (directory / CONFIG_NAME).exists():
        found = read_config(directory)
        raise RunError(
            f"{directory}: holds a run of task {found.task!r} already; continue it with "
            f"`funsearch resume {directory}`, or choose another --directory"
        )
    with _written(directory):
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise RunError(
                f"{directory}: expected an empty or new directory for a new run, found other files"
            )
        (directory / LOCK_NAME).touch()
        (directory / LOCK_NAME).unlink()


def read_config(directory: Path) -> RunConfig:
    """Returns the stored configuration of a run.

    Raises:
        RunError: The directory holds no run, or its configuration is damaged.
    """
    path = directory / CONFIG_NAME
    if path.exists() and not path.is_file():  # reading a pipe would wait for ever
        raise RunError(f"{path}: expected the configuration of a run, found no regular file")
    try:
        return _CONFIG.validate_json(path.read_bytes())
    except OSError as error:
        raise RunError(
            f"{directory}: expected the directory of a run, found no readable {CONFIG_NAME} "
            f"({error.strerror}); `funsearch runs` lists the runs"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{path}: {where}: {first['msg']}; the file was changed or is of another version"
        ) from error


def write_config(directory: Path, config: RunConfig) -> None:
    """Stores the configuration of a run in place of what there was.

    Raises:
        RunError: The directory cannot be written.
    """
    with _written(directory):
        _write_whole(directory / CONFIG_NAME, _CONFIG.dump_json(config, indent=2))


def write_best(directory: Path, source: str) -> Path:
    """Stores the best program; returns its path."""
    path = directory / BEST_NAME
    with _written(directory):
        _write_whole(path, source.encode())
    return path


def write_file(directory: Path, name: str, content: bytes) -> Path:
    """Stores a file in a directory, whole or not at all; returns its path.

    Raises:
        RunError: The directory cannot be written.
    """
    with _written(directory):
        directory.mkdir(parents=True, exist_ok=True)
        _write_whole(directory / name, content)
    return directory / name


def runs_under(parent: Path) -> list[Path]:
    """Returns the directories under `parent` that hold a run, oldest first."""
    found = [path.parent for path in parent.glob(f"*/{CONFIG_NAME}") if (path.parent / FILE_NAME).exists()]
    return sorted(found, key=lambda path: (path / CONFIG_NAME).stat().st_mtime)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Holds the run for this process; the lock dies with its owner.

    Raises:
        RunError: Another process is working on it, or the directory cannot be written.
    """
    with _written(directory):
        lock = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _taken(lock):
            raise RunError(f"{directory}: another process is working on this run; wait for it or end it")
        yield
    finally:
        os.close(lock)


def is_locked(directory: Path) -> bool:
    """Tells whether a process is working on a run; changes nothing, and creates no file."""
    try:
        lock = os.open(directory / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _taken(lock: int) -> bool:
    """Takes the lock; tries again for a moment, for `is_locked` holds it while it looks."""
    for pause in (0.0, 0.01, 0.05, 0.2):
        time.sleep(pause)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False


@contextmanager
def _written(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{directory}: cannot be written: {error.strerror}; choose another --directory, or make room"
        ) from error


def _write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that a reader sees all of it or what was there before."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)
