"""Finds the tools that fit a query: the sum of nearness in meaning and of words in common.

A tool's vector is the mean of those of its short text, its full text and its example queries. The best
of both indexes are compared by cos + 0.3 * BM25 / max BM25, which on MetaTool and BFCL finds more than
either alone and more than reciprocal rank fusion.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tool_bank.encoder import Encoder
from tool_bank.exact_index import ExactIndex, IndexUnusable, VectorIndex
from tool_bank.lexical_index import LexicalIndex, tool_words
from tool_bank.record import Record
from tool_bank.tool import SERVED, Tool

logger = logging.getLogger(__name__)

LEXICAL_WEIGHT = 0.3
CANDIDATES = 50  # of each index
EMBEDDED_AT_ONCE = 64  # tools per transaction: an interrupted embedding keeps what it has
QUERIES_KEPT = 1024  # vectors of recent queries
RECIPE = "short+full+examples"  # how a tool's vector is made; another recipe, other vectors
DOCUMENTATION_CHARACTERS = 1000

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """A tool that fits a query, and how well: 1.3 at most, below about 0.3 by chance."""

    tool: Tool
    score: float


class Retriever:
    """Keeps the indexes in step with the record and asks them.

    `open_index` is called late and once, with the name of the vectors that the index will hold.
    """

    def __init__(self, record: Record, encoder: Encoder, open_index: Callable[[str], VectorIndex]) -> None:
        self._record = record
        self._encoder = encoder
        self._open_index = open_index
        self._index: VectorIndex | None = None
        self._lexical = LexicalIndex()
        self._clock = -1
        self._lock = threading.RLock()
        self._query_vector = lru_cache(QUERIES_KEPT)(lambda query: encoder.encode([query])[0])

    def search(self, query: str, k: int) -> list[Match]:
        """Returns at most k served tools, the best first."""
        with self._lock:
            return self._search(query, k)

    def embed(self, tools: Iterable[Tool]) -> None:
        """Makes and keeps the vectors of these tools, where the record has none."""
        by_version = {tool.version: tool for tool in tools}
        missing = sorted(by_version.keys() - self._record.vectors(self._model_id, by_version))
        for first in range(0, len(missing), EMBEDDED_AT_ONCE):
            some = missing[first : first + EMBEDDED_AT_ONCE]
            vectors = {version: self._embedding(by_version[version]) for version in some}
            self._record.put_vectors(self._model_id, vectors)

    def close(self) -> None:
        """Lets go of the vector index."""
        with self._lock:
            index, self._index = self._index, None
            try:
                if index is not None:
                    index.close()
            except IndexUnusable as error:
                logger.warning("the search index was not closed well and will be built anew: %s", error)

    def _search(self, query: str, k: int) -> list[Match]:
        self._follow()
        vector = self._query_vector(query)
        lexical = self._lexical.scores(query)
        best_lexical = max(lexical.values(), default=1.0)
        near = self._nearest(vector, max(k, CANDIDATES))
        candidates = {*near, *sorted(lexical, key=lexical.__getitem__, reverse=True)[: max(k, CANDIDATES)]}
        scores = {
            version: float(its_vector @ vector) + LEXICAL_WEIGHT * lexical.get(version, 0.0) / best_lexical
            for version, its_vector in self._record.vectors(self._model_id, candidates).items()
        }
        best = sorted(scores, key=lambda version: (-scores[version], version))[:k]
        tools = self._record.tools(best)
        # Another process may have retired or replaced one since `_follow`.
        served = [version for version in best if version in tools and tools[version].status in SERVED]
        return [Match(tools[version], scores[version]) for version in served]

    @property
    def _model_id(self) -> str:
        return f"{self._encoder.model_id}/{RECIPE}"

    def _embedding(self, tool: Tool) -> Vector:
        short = f"{tool.name}: {tool.description}"
        documentation = tool.signature.documentation[:DOCUMENTATION_CHARACTERS]
        full = f"{short} {tool.signature.text} {documentation}"
        mean: Vector = self._encoder.encode([short, full, *tool.example_queries]).mean(axis=0)
        return mean

    def _follow(self) -> None:
        """Brings the indexes in step with the record, where it has changed."""
        clock = self._record.clock()
        if clock == self._clock:
            return
        served = self._record.served_versions()
        self._follow_words(served)
        self._on_index(lambda index: self._follow_vectors(index, served))
        self._clock = clock

    def _follow_words(self, served: set[str]) -> None:
        for version in self._lexical.ids() - served:
            self._lexical.remove(version)
        new = self._record.tools(served - self._lexical.ids())
        self.embed(new.values())
        for version, tool in new.items():
            self._lexical.add(version, tool_words(tool.name, tool.description, tool.signature.text))

    def _follow_vectors(self, index: VectorIndex, served: set[str]) -> None:
        held = index.ids()
        index.remove(held - served)
        index.put(self._record.vectors(self._model_id, served - held))

    def _nearest(self, vector: Vector, k: int) -> list[str]:
        found: list[str] = []
        self._on_index(lambda index: found.extend(index.nearest(vector, k)))
        return found

    def _on_index(self, act: Callable[[VectorIndex], None]) -> None:
        """Acts on the vector index; on an exact one from now on where the index fails."""
        try:
            if self._index is None:
                self._index = self._open_index(self._model_id)
            act(self._index)
        except IndexUnusable as error:
            logger.warning("searching exactly, without the index: %s", error)
            self.close()
            self._index = ExactIndex()
            self._follow_vectors(self._index, self._record.served_versions())
            act(self._index)
