"""Finds the tools that fit a query: the record's served tools, ranked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from tool_bank.coverage import HITS, Arguments, coverage, fits
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


@dataclass(frozen=True)
class Found:
    """Whether the bank has a tool for a request.

    Attributes:
        match: The best tool that the arguments fit; None: there is no such tool.
        probability: That a served tool answers the request, by its words alone.
        why: What was decided, in words.
    """

    match: Match | None
    probability: float
    why: str


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
        return self._matches(self._hits(query, k))

    def find(self, request: str, arguments: Arguments | None, sure: float) -> Found:
        """Returns the tool that answers a request and that these arguments fit, if there is one."""
        hits = self._hits(request, HITS)
        probability = coverage(hits)
        if probability < sure:
            return Found(None, probability, f"expected a probability of {sure:.2f}, found {probability:.2f}")
        matches = self._matches(hits)
        match = next((m for m in matches if arguments is None or fits(m.tool, arguments)), None)
        names = ", ".join(match.tool.name for match in matches)
        why = (
            f"the arguments fit none of {names}"
            if match is None
            else f"{match.tool.name} is the best of {names}"
        )
        return Found(match, probability, why)

    def _matches(self, hits: Sequence[Hit]) -> list[Match]:
        tools = self._record.tools(hit.document for hit in hits)
        # Another process may have retired or replaced one since the indexes looked.
        return [
            Match(tools[hit.document], hit.score)
            for hit in hits
            if hit.document in tools and tools[hit.document].status in SERVED
        ]

    def _hits(self, query: str, k: int) -> list[Hit]:
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
