"""Finds the tools that fit a query: the record's served tools, ranked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from tool_bank.encoder import Encoder, RememberingEncoder
from tool_bank.exact_index import VectorIndex
from tool_bank.index_upkeep import Embedding, IndexUpkeep, vectors_name
from tool_bank.ranking import Hit
from tool_bank.record import Record
from tool_bank.steady_index import SteadyIndex
from tool_bank.tool import SERVED, Tool


@dataclass(frozen=True)
class Match:
    """A tool that fits a query, and how well: 1.25 at most, below about 0.3 by chance."""

    tool: Tool
    score: float


class Retriever:
    """Keeps the indexes in step with the record and asks them.

    `open_index` is called late and once, with the name of the vectors that the index will hold.
    """

    def __init__(self, record: Record, encoder: Encoder, open_index: Callable[[str], VectorIndex]) -> None:
        self._record = record
        self._encoder = RememberingEncoder(encoder)
        self._open_index = open_index
        self._upkeep: IndexUpkeep | None = None
        self._lock = threading.RLock()

    def search(self, query: str, k: int) -> list[Match]:
        """Returns at most k served tools, the best first."""
        hits = {hit.document: hit for hit in self.hits(query, k)}
        tools = self._record.tools(hits)
        # Another process may have retired or replaced one since the indexes looked.
        served = [version for version in hits if version in tools and tools[version].status in SERVED]
        return [Match(tools[version], hits[version].score) for version in served]

    def hits(self, query: str, k: int) -> list[Hit]:
        """Returns at most k served versions, the best first."""
        with self._lock:
            upkeep = self._in_step()
            vector = self._encoder.encode([query])[0]
            return upkeep.ranking.rank(query, vector, k)

    def embed(self, tools: Iterable[Tool]) -> None:
        """Makes and keeps the vectors of these tools, where the record has none."""
        embedding = Embedding(self._record, self._encoder)
        embedding.vectors(embedding.texts(tools))

    def close(self) -> None:
        """Lets go of the vector index."""
        with self._lock:
            upkeep, self._upkeep = self._upkeep, None
            if upkeep is not None:
                upkeep.close()

    def _in_step(self) -> IndexUpkeep:
        if self._upkeep is None:
            name = vectors_name(self._encoder)
            index = SteadyIndex(partial(self._open_index, name), partial(self._record.vectors, name))
            self._upkeep = IndexUpkeep(self._record, self._encoder, index)
        self._upkeep.follow()
        return self._upkeep
