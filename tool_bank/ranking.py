"""Ranks documents for a query by nearness in meaning and by words in common.

The best of two indexes are compared by cos + 0.25 * BM25 / max BM25, where cos is taken after the mean of all
documents' vectors is subtracted: what they have in common tells none from another.
`python -m experiments.bench_bank` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tool_bank.exact_index import ExactIndex, VectorIndex
from tool_bank.lexical_index import LexicalIndex

LEXICAL_WEIGHT = 0.25
CANDIDATES = 50  # of each index
FRESH = 256  # documents that the index of nearest vectors has not been given yet: it takes many more cheaply
MEAN_PRIOR = 50  # the mean of so many vectors is subtracted by half, that of fewer by less

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Entry:
    """What a document is found by.

    Attributes:
        words: Its words, as often as they count.
        vector: Its meaning, float32 [width].
    """

    words: Sequence[str]
    vector: Vector


@dataclass(frozen=True)
class Hit:
    """A document that was found.

    Attributes:
        document: Its id.
        score: 1.25 at most.
        nearness: Cosine of its vector to the query's.
        overlap: Its BM25 score, in parts of the best one's.
        share: Its BM25 score, in parts of the greatest that the query's words allow.
    """

    document: str
    score: float
    nearness: float
    overlap: float
    share: float


class Ranking:
    """Documents and their two indexes.

    `index` finds candidates by meaning; the rest is exact. It gets new documents many at a time, and until
    then they are compared one by one.
    """

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._fresh = ExactIndex()
        self._lexical = LexicalIndex()
        self._vectors = ExactIndex()
        self._total: NDArray[np.float64] | float = 0.0  # of all vectors

    def ids(self) -> set[str]:
        """Returns the ids of the documents held."""
        return self._vectors.ids()

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Adds documents; an id that is held gets the new entry."""
        self._forget(entries)
        vectors = {document: entry.vector for document, entry in entries.items()}
        self._fresh.put(vectors)
        self._vectors.put(vectors)
        self._total = self._total + sum(vector.astype(np.float64) for vector in vectors.values())
        for document, entry in entries.items():
            self._lexical.add(document, entry.words)
        if len(self._fresh) > FRESH:
            self.settle()

    def settle(self) -> None:
        """Gives the index what it has not been given yet."""
        if names := sorted(self._fresh.ids()):
            self._index.put(dict(zip(names, self._fresh.of(names), strict=True)))
            self._fresh = ExactIndex()

    def remove(self, documents: Iterable[str]) -> None:
        """Removes documents; an id that is not held is no error."""
        gone = list(documents)
        self._index.remove(gone)
        self._fresh.remove(gone)
        self._forget(gone)

    def rank(self, query: str, vector: Vector, k: int) -> list[Hit]:
        """Returns at most k documents for a query and its vector, the best first."""
        lexical = self._lexical.scores(query)
        count = max(k, CANDIDATES)
        near = [*self._index.nearest(vector, count), *self._fresh.nearest(vector, count)]
        found = sorted({*(d for d in near if d in self._vectors), *lexical.best(count)})
        if not found:
            return []
        nearness = self._nearness(found, vector)
        words = lexical.of(found)
        overlap, share = words / (lexical.highest or 1.0), words / (lexical.possible or 1.0)
        scores = nearness + LEXICAL_WEIGHT * overlap
        best = np.argsort(-scores, kind="stable")[:k]
        columns = (scores[best], nearness[best], overlap[best], share[best])
        return [Hit(found[n], *map(float, figures)) for n, *figures in zip(best, *columns, strict=True)]

    def _nearness(self, documents: Sequence[str], vector: Vector) -> Vector:
        centred = self._vectors.of(documents) - self._common()
        lengths = np.linalg.norm(centred, axis=1)
        nearness: Vector = centred @ vector / np.maximum(lengths, np.finfo(np.float32).tiny)
        return nearness

    def _common(self) -> Vector:
        common: Vector = np.asarray(self._total / (len(self._vectors) + MEAN_PRIOR), np.float32)
        return common

    def _forget(self, documents: Iterable[str]) -> None:
        held = [document for document in documents if document in self._vectors]
        if not held:
            return
        self._total = self._total - self._vectors.of(held).sum(axis=0, dtype=np.float64)
        self._vectors.remove(held)
        for document in held:
            self._lexical.remove(document)
