"""Generations of index files: which one may be opened, and who may open it.

    .lock               held by the one process that uses the index
    CURRENT             the number of the generation in use, switched atomically
    000007/chroma/      the index's own files
    000007/seal.json    what they hold and the hash of each, written when they were closed cleanly

A generation is opened only with its seal whole; the seal is broken before the opening and before the first
change. Whatever else is there, after a kill, a crash, a truncation or a foreign hand, is never opened and
goes at the next sealing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from tool_bank.exact_index import IndexHeld

FILES = "chroma"  # the folder of the files within a generation


@dataclass(frozen=True)
class Seal:
    """What a generation holds.

    Attributes:
        model_id: The name of the vectors.
        software: Name and version of what wrote the files.
        held: A digest of each vector, by id.
        is_proven: Whether the files have been opened and asked since they were last written.
    """

    model_id: str
    software: str
    held: Mapping[str, str]
    is_proven: bool


class Generations:
    """The folder of one index, locked for this process until `close`."""

    def __init__(self, directory: Path) -> None:
        """Makes the folder where there is none, and locks it; raises `IndexHeld` where another has."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._lock = ExitStack()
        lock_writer(directory, self._lock)

    def sealed(self) -> tuple[Path, Seal] | None:
        """Returns the generation in use and its seal, if it is exactly as it was closed."""
        try:
            number = (self._directory / "CURRENT").read_text().strip()
            generation = self._directory / number
            fields = json.loads((generation / "seal.json").read_text())
            files = fields.pop("files")
            seal = Seal(**fields)
            whole = number.isdecimal() and files == _hashes(generation / FILES)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return (generation, seal) if whole else None

    def begin(self) -> Path:
        """Makes the folder of a generation that no other has been in."""
        numbers = [int(path.name) for path in self._directory.iterdir() if path.name.isdecimal()]
        generation = self._directory / f"{max(numbers, default=0) + 1:06d}"
        (generation / FILES).mkdir(parents=True)
        return generation

    def seal(self, generation: Path, seal: Seal) -> None:
        """Makes a closed generation the one in use, and removes all others."""
        fields = {**asdict(seal), "files": _hashes(generation / FILES)}
        write_whole(generation / "seal.json", json.dumps(fields))
        write_whole(self._directory / "CURRENT", generation.name)
        for path in self._directory.iterdir():
            if path.name.isdecimal() and path != generation:
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Lets another process in."""
        self._lock.close()


def lock_writer(directory: Path, until: ExitStack) -> None:
    """Holds the lock of the one writer of an index; raises `IndexHeld` where another process does."""
    with ExitStack() as undo:
        lock = undo.enter_context((directory / ".lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexHeld("another process holds the index") from None
        until.push(undo.pop_all())


def break_seal(generation: Path) -> None:
    """Takes the seal away: the files are about to change, or cannot be trusted."""
    (generation / "seal.json").unlink(missing_ok=True)


def _hashes(directory: Path) -> dict[str, str]:
    """Returns the hash of every file below a directory, by its path within."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): _hash(path) for path in files}


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that it is there whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    os.replace(temporary, path)
