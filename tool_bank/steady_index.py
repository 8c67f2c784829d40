"""An index that never fails: after the one behind it has, the exact one goes on with the record's vectors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from tool_bank.exact_index import ExactIndex, IndexHeld, IndexUnusable, Vector, VectorIndex

logger = logging.getLogger(__name__)

T = TypeVar("T")


class SteadyIndex:
    """Keeps `VectorIndex` without ever raising `IndexUnusable`."""

    def __init__(
        self, open_index: Callable[[], VectorIndex], vectors: Callable[[Iterable[str]], Mapping[str, Vector]]
    ) -> None:
        """Opens the index; `vectors` returns those of the ids asked for, as the record has them."""
        self._vectors = vectors
        self._held: set[str] = set()
        self._index: VectorIndex = ExactIndex()
        try:
            self._index = open_index()
            self._held = self._index.ids()
        except IndexHeld:
            logger.debug("another process holds the index: this one searches exactly")
        except IndexUnusable as error:
            _warn(error)

    def ids(self) -> set[str]:
        """Returns the ids held."""
        return set(self._held)

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Adds vectors; an id that is held gets the new one."""
        self._on_index(lambda index: index.put(vectors))
        self._held.update(vectors)

    def remove(self, ids: Iterable[str]) -> None:
        """Removes vectors; an id that is not held is no error."""
        gone = set(ids)
        self._on_index(lambda index: index.remove(gone))
        self._held -= gone

    def nearest(self, query: Vector, k: int) -> list[str]:
        """Returns the ids of the k vectors nearest to the query, best first."""
        return self._on_index(lambda index: index.nearest(query, k))

    def close(self) -> None:
        """Lets go of files and locks."""
        index, self._index, self._held = self._index, ExactIndex(), set()
        _close(index)

    def _on_index(self, act: Callable[[VectorIndex], T]) -> T:
        try:
            return act(self._index)
        except IndexUnusable as error:
            _warn(error)
            _close(self._index)
            self._index = ExactIndex()
            self._index.put(self._vectors(self._held))
            return act(self._index)


def _warn(error: IndexUnusable) -> None:
    logger.warning("searching exactly, without the index: %s", error)


def _close(index: VectorIndex) -> None:
    try:
        index.close()
    except IndexUnusable as error:
        logger.warning("the search index was not closed well and will be built anew: %s", error)
