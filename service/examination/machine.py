"""The machine: versions, processors, memory, disk, and the engine that runs workers."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from language_models.machine_memory import available_cores, available_memory
from language_models.model_files import default_directory
from service.examination.finding import Finding, State, in_one_line

GIB = 1 << 30
LITTLE_MEMORY = 2 * GIB
TOO_LITTLE_MEMORY = GIB // 2
LITTLE_DISK = 2 * GIB
TOO_LITTLE_DISK = GIB // 10
LIBRARIES = ("ray", "chromadb", "xllamacpp", "openai", "docker", "numpy")


def versions() -> Finding:
    """Returns what is installed."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    here = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return Finding("versions", "ok", f"funsearch {_version('funsearch')}, {here}, {libraries}")


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "missing"


def engine() -> Iterator[Finding]:
    """Yields whether workers can run, and what they have to run on."""
    try:
        importlib.import_module("funsearch.parallel")
        yield Finding("engine", "ok", f"ray {_version('ray')} can be imported")
    except (ImportError, OSError) as error:
        yield Finding("engine", "failure", in_one_line(f"ray: {error}"), "make setup (or: pip install ray)")
    yield Finding("processors", "ok", f"{available_cores()} may be used at once")
    free = available_memory()
    yield Finding(
        "memory",
        _state(free, LITTLE_MEMORY, TOO_LITTLE_MEMORY),
        f"{free / GIB:.1f} GiB are free",
        "" if free >= LITTLE_MEMORY else "end other programs, or use fewer workers: --evaluators 1",
    )


def disk() -> Iterator[Finding]:
    """Yields the room where runs, models and temporary files go."""
    places = {
        "runs": Path("runs"),
        "models": default_directory(),
        "temporary files": Path(tempfile.gettempdir()),
    }
    for what, place in places.items():
        yield _room(f"disk for {what}", place)


def _room(name: str, place: Path) -> Finding:
    there = _nearest(place)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Finding(name, "failure", f"{place}: {error.strerror}", f"check {there}")
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding(
            name, "failure", f"{there} cannot be written", f"chmod u+rwx {there}, or work elsewhere"
        )
    state = _state(free, LITTLE_DISK, TOO_LITTLE_DISK)
    mend = (
        ""
        if state == "ok"
        else f"make room on the disk of {there}; `funsearch models list` shows what is large"
    )
    return Finding(name, state, f"{free / GIB:.1f} GiB are free for {place}", mend)


def _nearest(place: Path) -> Path:
    """Returns what exists of a path that may be made later."""
    place = place.absolute()
    return next((path for path in (place, *place.parents) if path.exists()), Path("/"))


def _state(found: int, little: int, too_little: int) -> State:
    if found < too_little:
        return "failure"
    return "warning" if found < little else "ok"
