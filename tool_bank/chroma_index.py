"""Nearest vectors by Chroma, as a disposable index. The only file that imports chromadb.

Chroma killed while it writes can leave files that fail or crash every later call, and two writers on one
directory lose vectors silently. So nothing is kept here that the record does not have:

    chroma/.lock            held by the one process that uses the index; others search exactly
    chroma/CURRENT          the number of the generation in use, switched atomically
    chroma/000007/chroma/   Chroma's own files
    chroma/000007/seal.json what is in it, and the hash of every file, written when it was closed cleanly

A generation is opened only with its seal whole, and the seal is broken before the first change. After a
kill, a truncation or a foreign hand, a new generation is filled from the record.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tool_bank.exact_index import IndexUnusable, Vector

COLLECTION = "tools"


class ChromaIndex:
    """Keeps `VectorIndex` for one process at a time."""

    def __init__(self, directory: Path, model_id: str) -> None:
        """Opens the sealed generation, or begins a new and empty one.

        Raises:
            IndexUnusable: Another process holds the index, or Chroma cannot be opened.
        """
        self._directory = directory
        self._model_id = model_id
        with _translated(), ExitStack() as undo:
            directory.mkdir(parents=True, exist_ok=True)
            undo.enter_context(_locked(directory / ".lock"))
            self._generation = _sealed_generation(directory, model_id) or _next_generation(directory)
            (self._generation / "seal.json").unlink(missing_ok=True)
            self._client = _client(self._generation / "chroma")
            self._collection = self._client.get_or_create_collection(
                COLLECTION,
                embedding_function=None,  # its default one downloads a model
                configuration={"hnsw": {"space": "ip", "num_threads": 1}},
            )
            self._held = set(self._collection.get(include=[])["ids"])
            self._unlock = undo.pop_all().close

    def ids(self) -> set[str]:
        """Returns the ids held."""
        return set(self._held)

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Adds vectors; an id that is held gets the new one."""
        with _translated():
            for ids in self._portions(vectors):
                self._collection.upsert(ids=ids, embeddings=np.stack([vectors[name] for name in ids]))
        self._held.update(vectors)

    def remove(self, ids: Iterable[str]) -> None:
        """Removes vectors; an id that is not held is no error."""
        gone = self._held & set(ids)
        with _translated():
            for portion in self._portions(gone):
                self._collection.delete(ids=portion)
        self._held -= gone

    def nearest(self, query: Vector, k: int) -> list[str]:
        """Returns the ids of the k vectors nearest to the query, best first."""
        if not self._held:
            return []
        wanted = min(k, len(self._held))
        with _translated():
            found = self._collection.query(query_embeddings=query[np.newaxis], n_results=wanted, include=[])
        return [str(name) for name in found["ids"][0]]

    def close(self) -> None:
        """Seals the generation, makes it the current one and lets another process in."""
        try:
            with _translated():
                self._client.close()
                _seal(self._generation, self._model_id)
                _write_whole(self._directory / "CURRENT", self._generation.name)
                _remove_others(self._directory, self._generation)
        finally:
            self._unlock()

    def _portions(self, ids: Iterable[str]) -> Iterator[list[str]]:
        waiting = sorted(ids)
        size = self._client.get_max_batch_size()
        yield from (waiting[first : first + size] for first in range(0, len(waiting), size))


def _client(directory: Path) -> Any:  # noqa: ANN401
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(directory, settings=Settings(anonymized_telemetry=False))


@contextmanager
def _translated() -> Iterator[None]:
    """Raises whatever goes wrong within as `IndexUnusable`.

    Chroma raises its own errors, SQLite's, pickle's, and panics of its Rust core that are not even an
    `Exception`. The answer to all of them is the same: this index is given up and another takes its place.
    """
    try:
        yield
    except (IndexUnusable, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise IndexUnusable(f"chroma: {type(error).__name__}: {error}") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Opens the lock file and holds its lock until the file is closed."""
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexUnusable("another process holds the index") from None
        yield


def _sealed_generation(directory: Path, model_id: str) -> Path | None:
    """Returns the generation in use if it is exactly as it was closed, and holds this model's vectors."""
    try:
        generation = directory / (directory / "CURRENT").read_text().strip()
        seal = json.loads((generation / "seal.json").read_text())
    except (OSError, ValueError):
        return None
    whole = seal == {"model_id": model_id, "files": _hashes(generation / "chroma")}
    return generation if whole else None


def _next_generation(directory: Path) -> Path:
    """Makes the folder of a generation that no other has been in."""
    numbers = [int(path.name) for path in directory.iterdir() if path.name.isdecimal()]
    generation = directory / f"{max(numbers, default=0) + 1:06d}"
    generation.mkdir()
    return generation


def _remove_others(directory: Path, generation: Path) -> None:
    for path in directory.iterdir():
        if path.name.isdecimal() and path != generation:
            shutil.rmtree(path)


def _seal(generation: Path, model_id: str) -> None:
    seal = {"model_id": model_id, "files": _hashes(generation / "chroma")}
    _write_whole(generation / "seal.json", json.dumps(seal))


def _hashes(directory: Path) -> dict[str, str]:
    """Returns the hash of every file below a directory, by its path within."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): _hash(path) for path in files}


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_whole(path: Path, text: str) -> None:
    """Writes a file so that it is there whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    os.replace(temporary, path)
