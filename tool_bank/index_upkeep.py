"""Keeps the search's indexes in step with the record, by the events since they last looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from tool_bank.encoder import Encoder
from tool_bank.exact_index import Vector, VectorIndex
from tool_bank.ranking import Entry, Ranking
from tool_bank.record import Record
from tool_bank.search_text import RECIPE, SearchText, search_text
from tool_bank.tool import SERVED, Tool

READ_AT_ONCE = 500  # tools
EMBEDDED_AT_ONCE = 64  # tools per transaction: an interrupted embedding keeps what it has

T = TypeVar("T")


def vectors_name(encoder: Encoder) -> str:
    """Returns the name under which the record keeps the vectors that this encoder makes of tools."""
    return f"{encoder.model_id}/{RECIPE}"


class IndexUpkeep:
    """Follows the record; what the indexes of `ranking` hold are versions, the served ones.

    Args:
        record: The bank's memory.
        encoder: Makes the vectors that the record does not have yet.
        index: The ranking's index, which may hold more from an earlier life.
    """

    def __init__(self, record: Record, encoder: Encoder, index: VectorIndex) -> None:
        self._record = record
        self._embedding = Embedding(record, encoder)
        self._index = index
        self.ranking = Ranking(index)
        self._versions: dict[str, str] = {}  # held, by name
        self._clock = -1

    def follow(self) -> None:
        """Brings the indexes in step with the record, where it has changed."""
        clock, known = self._record.clock(), self._clock
        if clock == known:
            return
        for names in _portions(sorted(self._record.changed_since(known)), READ_AT_ONCE):
            self._refresh(names)
        if known < 0:
            self._index.remove(self._index.ids() - self.ranking.ids())
        self._clock = clock

    def close(self) -> None:
        """Lets go of the index, which then holds all that was followed."""
        self.ranking.settle()
        self._index.close()

    def _refresh(self, names: Sequence[str]) -> None:
        """Takes in what the record says of these names now."""
        tools = self._record.named(names).values()
        texts = self._embedding.texts(tool for tool in tools if tool.status in SERVED)
        vectors = self._embedding.vectors(texts)  # may fail, and then nothing has changed here
        held = {self._versions.pop(name) for name in names if name in self._versions}
        self.ranking.remove(held - texts.keys())
        self.ranking.put({version: Entry(text.words(), vectors[version]) for version, text in texts.items()})
        self._versions.update({text.name: version for version, text in texts.items()})


@dataclass(frozen=True)
class Embedding:
    """The vectors of tools: made once, kept by the record, made anew when a tool has heard new requests."""

    record: Record
    encoder: Encoder

    def texts(self, tools: Iterable[Tool]) -> dict[str, SearchText]:
        """Returns what tools are found by, by version."""
        tools = list(tools)
        heard = self.record.queries_of(tool.name for tool in tools)
        return {tool.version: search_text(tool, heard.get(tool.name, ())) for tool in tools}

    def vectors(self, texts: Mapping[str, SearchText]) -> dict[str, Vector]:
        """Returns the vectors of versions; makes and keeps those that the record does not have."""
        found = self.record.vectors(vectors_name(self.encoder), texts)
        missing = {version: text for version, text in texts.items() if version not in found}
        for some in _portions(missing, EMBEDDED_AT_ONCE):
            made = {version: missing[version].vector(self.encoder) for version in some}
            self._keep({version: missing[version] for version in some}, made)
            found.update(made)
        return found

    def _keep(self, texts: Mapping[str, SearchText], vectors: Mapping[str, Vector]) -> None:
        """Keeps new vectors, but not of a tool that has heard more while its own was made."""
        with self.record.database.transaction():
            now = self.texts(self.record.tools(texts).values())
            known = {
                version: vector for version, vector in vectors.items() if now.get(version) == texts[version]
            }
            self.record.put_vectors(vectors_name(self.encoder), known)


def _portions(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while portion := list(islice(waiting, size)):
        yield portion
