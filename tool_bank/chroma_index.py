"""Nearest vectors by Chroma, as a disposable index. chroma_*.py are the only files that import chromadb.

Chroma killed while it writes can leave files that fail or crash every later call, and two writers on one
directory lose vectors silently. So nothing is kept here that the record does not have, only sealed files
are opened, and those that were written since they were last read are probed in a process of their own.

Chroma writes its graph out after every 1,000 vectors. Later would not be safer, for no seal is whole while
it writes, and opening would read it all in again: 6 s for 10,000 vectors in place of 0.1 s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tool_bank import chroma_probe
from tool_bank.exact_index import IndexUnusable, Vector
from tool_bank.generations import FILES, Generations, Seal, break_seal

COLLECTION = "tools"
CONFIGURATION = {"hnsw": {"space": "ip", "num_threads": 1}}


class ChromaIndex:
    """Keeps `VectorIndex` for one process at a time."""

    def __init__(self, directory: Path, model_id: str) -> None:
        """Opens the sealed generation, or begins a new and empty one.

        Raises:
            IndexHeld: Another process holds the index.
            IndexUnusable: Chroma cannot be opened.
        """
        self._model_id = model_id
        self._held: dict[str, str] = {}  # digests of the vectors
        self._is_dirty = False
        self.failure = ""
        with translated(), ExitStack() as undo:
            self._generations = Generations(directory)
            undo.callback(self._generations.close)
            if not self._reopen():
                self._begin()
            undo.pop_all()

    @property
    def role(self) -> str:
        """What this process is to the index; see `ToolBank.index_role`."""
        return f"exact: {self.failure}" if self.failure else "writer"

    def ids(self) -> set[str]:
        """Returns the ids held."""
        return set(self._held)

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Adds vectors; an id that is held gets the new one, at no cost where it is the same."""
        digests = {name: digest(vector) for name, vector in vectors.items()}
        new = {name for name, its_digest in digests.items() if self._held.get(name) != its_digest}
        with self._changing(new):
            for ids in portions(self._client, new):
                self._collection.upsert(ids=ids, embeddings=np.stack([vectors[name] for name in ids]))
                self._held.update({name: digests[name] for name in ids})

    def remove(self, ids: Iterable[str]) -> None:
        """Removes vectors; an id that is not held is no error."""
        gone = self._held.keys() & set(ids)
        with self._changing(gone):
            for portion in portions(self._client, gone):
                self._collection.delete(ids=portion)
                for name in portion:
                    del self._held[name]

    def nearest(self, query: Vector, k: int) -> list[str]:
        """Returns the ids of the k vectors nearest to the query, best first."""
        with self._changing(()):
            return [name for name, _ in nearest(self._collection, query, min(k, len(self._held)))]

    def close(self) -> None:
        """Seals the generation where it has changed and never failed, and lets another process in."""
        try:
            with translated():
                self._client.close()
                if self._is_dirty and not self.failure:
                    self._seal(is_proven=False)
        finally:
            self._generations.close()

    def _reopen(self) -> bool:
        """Tells whether a sealed generation was there, of these vectors, and can be opened."""
        found = self._generations.sealed()
        if found is None or found[1].model_id != self._model_id:
            return False
        self._generation, seal = found
        break_seal(self._generation)
        if not self._opens(seal):
            return False
        self._held = dict(seal.held)
        if self._collection.count() != len(self._held):
            self._client.close()
            return False
        self._seal(is_proven=True)  # anew, for opening has touched the files
        return True

    def _opens(self, seal: Seal) -> bool:
        """Opens sealed files, after a probe where they are another version's or newly written."""
        needs_probe = not seal.is_proven or seal.software != software()
        files = self._generation / FILES
        if needs_probe and not chroma_probe.is_good(chroma_probe.start(files, len(seal.held))):
            return False
        try:
            with translated():
                self._open()
        except IndexUnusable:
            return False
        return True

    def _begin(self) -> None:
        self._generation = self._generations.begin()
        self._is_dirty = True
        self._open()

    def _open(self) -> None:
        self._client = _client(self._generation / FILES)
        self._collection = collection_of(self._client, COLLECTION)

    def _seal(self, *, is_proven: bool) -> None:
        seal = Seal(self._model_id, software(), self._held, is_proven)
        self._generations.seal(self._generation, seal)

    @contextmanager
    def _changing(self, ids: Iterable[str]) -> Iterator[None]:
        """Breaks the seal before a change; an index that failed is never sealed again."""
        try:
            with translated():
                if ids:
                    self._is_dirty = True
                    break_seal(self._generation)
                yield
        except IndexUnusable as error:
            self.failure = str(error)
            raise


def software() -> str:
    """Returns what writes the files."""
    import chromadb

    return f"chromadb {chromadb.__version__}"


def digest(vector: Vector) -> str:
    """Returns what tells a vector from another."""
    return hashlib.blake2b(np.ascontiguousarray(vector, "<f4").tobytes(), digest_size=12).hexdigest()


def nearest(collection: Any, query: Vector, k: int) -> list[tuple[str, float]]:  # noqa: ANN401
    """Returns the k nearest ids of a collection with their inner products, best first."""
    if k < 1:
        return []
    found = collection.query(query_embeddings=query[np.newaxis], n_results=k, include=["distances"])
    return [(str(name), 1.0 - far) for name, far in zip(found["ids"][0], found["distances"][0], strict=True)]


def collection_of(client: Any, name: str) -> Any:  # noqa: ANN401
    """Returns the collection of that name, made where there is none."""
    return client.get_or_create_collection(
        name,
        embedding_function=None,  # its default one downloads a model
        configuration=CONFIGURATION,
    )


def portions(client: Any, ids: Iterable[str]) -> Iterator[Sequence[str]]:  # noqa: ANN401
    """Yields ids in order, as many at a time as Chroma takes."""
    waiting = sorted(ids)
    size = client.get_max_batch_size()
    yield from (waiting[first : first + size] for first in range(0, len(waiting), size))


def _client(directory: Path) -> Any:  # noqa: ANN401
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(directory, settings=Settings(anonymized_telemetry=False))


@contextmanager
def translated() -> Iterator[None]:
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
