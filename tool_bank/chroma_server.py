"""Nearest vectors by a Chroma server (`chroma run`), for many processes that read one large bank.

One process, which holds the lock of the bank's index, writes its vectors to the server; the others ask it,
and add to its answers what they know better: vectors that are newer there, tools that are gone. So none is
behind its own view of the record, whatever the server holds.

    chroma/.lock        held by the one process that writes
    chroma/SERVED_AS    the name of the bank's vectors on the server
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np

from tool_bank.chroma_index import collection_of, digest, nearest, portions, translated
from tool_bank.exact_index import IndexHeld, IndexUnusable, Vector
from tool_bank.generations import lock_writer, write_whole

SECONDS = 10.0  # longest wait for an answer


class ServedIndex:
    """Keeps `VectorIndex` by a server, as its one writer or a reader."""

    def __init__(self, address: str, directory: Path, model_id: str) -> None:
        """Asks the server for the bank's vectors.

        Args:
            address: "http://HOST:PORT"; see `check_address`.
            directory: Of the bank's index: the lock is there, and the bank's name on the server.
            model_id: The name of the vectors.

        Raises:
            IndexUnusable: The server cannot be reached, or does not know this bank and another writes.
        """
        self.failure = ""
        self._own: dict[str, Vector] = {}  # what the server does not have, or not so
        with translated(), ExitStack() as undo:
            directory.mkdir(parents=True, exist_ok=True)
            self._client = _client(address, undo)
            self.is_writer = _is_writer(directory, undo)
            self._collection = collection_of(self._client, _name(directory, model_id, self.is_writer))
            found = self._collection.get(include=["metadatas"])
            self._there = {
                str(name): str((told or {}).get("digest"))
                for name, told in zip(found["ids"], found["metadatas"], strict=True)
            }
            self._held = set(self._there)
            self._undo = undo.pop_all()

    @property
    def role(self) -> str:
        """What this process is to the index; see `ToolBank.index_role`."""
        return f"exact: {self.failure}" if self.failure else "writer" if self.is_writer else "reader"

    def ids(self) -> set[str]:
        """Returns the ids held."""
        return set(self._held)

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Adds vectors; an id that is held gets the new one."""
        digests = {name: digest(vector) for name, vector in vectors.items()}
        new = {name for name, its_digest in digests.items() if self._there.get(name) != its_digest}
        for name in vectors.keys() - new:
            self._own.pop(name, None)
        if self.is_writer:
            self._send({name: vectors[name] for name in new}, digests)
        else:
            self._own.update({name: vectors[name] for name in new})
        self._held.update(vectors)

    def remove(self, ids: Iterable[str]) -> None:
        """Removes vectors; an id that is not held is no error."""
        gone = self._held & set(ids)
        self._held -= gone
        for name in gone:
            self._own.pop(name, None)
        if self.is_writer:
            with self._noting():
                for portion in portions(self._client, gone & self._there.keys()):
                    self._collection.delete(ids=portion)
            for name in gone:
                self._there.pop(name, None)

    def nearest(self, query: Vector, k: int) -> list[str]:
        """Returns the ids of the k vectors nearest to the query, best first."""
        theirs = self._held - self._own.keys()
        hidden = len(self._there.keys() - theirs)
        found: list[tuple[str, float]] = []
        if theirs:
            with self._noting():
                found = nearest(self._collection, query, min(k + hidden, len(self._there)))
        scores = {name: score for name, score in found if name in theirs}
        if self._own:
            scores |= dict(zip(self._own, np.stack(list(self._own.values())) @ query, strict=True))
        return sorted(scores, key=lambda name: -scores[name])[:k]

    def close(self) -> None:
        """Lets go of the connection, and of the lock."""
        self._undo.close()

    def _send(self, vectors: Mapping[str, Vector], digests: Mapping[str, str]) -> None:
        with self._noting():
            for ids in portions(self._client, vectors):
                self._collection.upsert(
                    ids=ids,
                    embeddings=np.stack([vectors[name] for name in ids]),
                    metadatas=[{"digest": digests[name]} for name in ids],
                )
        self._there.update({name: digests[name] for name in vectors})

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Keeps the reason of a failure, for `role`."""
        try:
            with translated():
                yield
        except IndexUnusable as error:
            self.failure = str(error)
            raise


def check_address(address: str) -> None:
    """Raises ValueError where the text is not the address of a server."""
    parts = urlsplit(address)
    with suppress(ValueError):
        if parts.scheme in ("http", "https") and parts.hostname and parts.port and not parts.path.strip("/"):
            return
    raise ValueError(
        f"index={address!r}: expected the address of a Chroma server, as 'http://127.0.0.1:8000'"
    )


def _client(address: str, undo: ExitStack) -> Any:  # noqa: ANN401
    """Returns a client of a server that answers; every later wait is bounded too."""
    import chromadb
    from chromadb.config import Settings

    with urlopen(f"{address.rstrip('/')}/api/v2/heartbeat", timeout=SECONDS):
        parts = urlsplit(address)
    client: Any = chromadb.HttpClient(
        host=str(parts.hostname),
        port=parts.port or 0,
        ssl=parts.scheme == "https",
        settings=Settings(anonymized_telemetry=False),
    )
    undo.callback(client.close)
    for part in (client, client._admin_client):  # Chroma neither bounds its waits nor closes its connections
        part._server._session.timeout = SECONDS
        undo.callback(part._server._session.close)
    return client


def _is_writer(directory: Path, undo: ExitStack) -> bool:
    try:
        lock_writer(directory, undo)
    except IndexHeld:
        return False
    return True


def _name(directory: Path, model_id: str, is_writer: bool) -> str:
    """Returns the name of the bank's vectors of this model; the first writer gives the bank its own."""
    path = directory / "SERVED_AS"
    if is_writer and not path.exists():
        write_whole(path, uuid.uuid4().hex)
    if not path.exists():
        raise IndexUnusable("the server does not know this bank: the process that writes uses files")
    return f"tools-{path.read_text().strip()}-{hashlib.sha256(model_id.encode()).hexdigest()[:16]}"
