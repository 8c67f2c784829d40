"""Finds passages by meaning and by words: what the record holds of documents, ranked."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from agent.knowledge.kept_encoder import KeptEncoder
from tool_bank.database import Database, batches
from tool_bank.exact_index import ExactIndex, Vector
from tool_bank.index_door import IndexDoor
from tool_bank.lexical_index import words
from tool_bank.ranking import Entry, Hit, Ranking
from tool_bank.steady_index import SteadyIndex

SPARE = 8  # times as many hits are asked for as are wanted, since some lie in the documents of others
TAKEN_AT_ONCE = 500  # passages


class PassageIndex:
    """The passages of all documents; the index of their vectors is disposable.

    Args:
        database: The agent's record, whose chunks are followed.
        encoder: Makes the vectors that the record has not yet.
        directory: Holds the index.
    """

    def __init__(self, database: Database, encoder: KeptEncoder, directory: Path) -> None:
        self._database = database
        self._encoder = encoder
        self._door = IndexDoor(directory / "chroma", None)
        self._index: SteadyIndex | None = None
        self._ranking = Ranking(ExactIndex())
        self._lock = threading.Lock()

    @property
    def role(self) -> str:
        """What searches are answered by; empty before the first."""
        return self._door.role

    def rank(self, query: str, allowed: set[str], k: int) -> list[Hit]:
        """Returns at most k of the allowed passages for a query, the best first."""
        vector = self._encoder.once(query)
        with self._lock:
            self._follow()
            allowed = allowed & self._ranking.ids()  # another process may have taken some away meanwhile
            hits = self._ranking.rank(query, vector, SPARE * k)
            found = [hit for hit in hits if hit.document in allowed][:k]
            if len(found) < min(k, len(allowed)):
                found = self._ranking_of(allowed).rank(query, vector, k)
        return found

    def close(self) -> None:
        """Lets go of the index, which then holds all that was followed."""
        with self._lock:
            if self._index is not None:
                self._ranking.settle()
                self._index.close()
                self._index, self._ranking = None, Ranking(ExactIndex())

    def _follow(self) -> None:
        """Takes in what the record holds now."""
        index = self._opened()
        digests = dict(self._database.rows("SELECT id, digest FROM chunks"))
        held = self._ranking.ids()
        self._ranking.remove(held - digests.keys())
        new = sorted(digests.keys() - held)
        for first in range(0, len(new), TAKEN_AT_ONCE):
            self._ranking.put(self._entries(new[first : first + TAKEN_AT_ONCE]))
        if not held:  # from an earlier life it may hold more
            index.remove(index.ids() - digests.keys())

    def _opened(self) -> SteadyIndex:
        if self._index is None:
            name = f"{self._encoder.model_id}/passages"
            self._index = SteadyIndex(partial(self._door.open, name), self._vectors)
            self._ranking = Ranking(self._index)
        return self._index

    def _vectors(self, ids: Iterable[str]) -> Mapping[str, Vector]:
        return {name: entry.vector for name, entry in self._entries(ids).items()}

    def _entries(self, ids: Iterable[str]) -> dict[str, Entry]:
        texts = {
            name: text
            for marks, batch in batches(ids)
            for name, text in self._database.rows(f"SELECT id, text FROM chunks WHERE id IN ({marks})", batch)
        }
        return _entries(texts, self._encoder.encode(list(texts.values())))

    def _ranking_of(self, allowed: Iterable[str]) -> Ranking:
        """Returns a ranking of some passages alone: few lie in documents that are asked together."""
        ranking = Ranking(ExactIndex())
        ranking.put(self._entries(allowed))
        return ranking


def _entries(texts: Mapping[str, str], vectors: Sequence[Vector] | Vector) -> dict[str, Entry]:
    return {
        name: Entry(words(text), vector) for (name, text), vector in zip(texts.items(), vectors, strict=True)
    }
