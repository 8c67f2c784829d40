"""Nearest vectors: what an index of them does, and the exact one in numpy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


class IndexUnusable(Exception):
    """An index failed or cannot be opened; it is disposable, and another can take its place."""


class IndexHeld(IndexUnusable):
    """Another process uses the index; this one searches without it."""


class VectorIndex(Protocol):
    """Holds vectors by id, finds those of greatest inner product; any call may raise `IndexUnusable`."""

    def ids(self) -> set[str]:
        """Returns the ids held."""

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Adds vectors; an id that is held gets the new one."""

    def remove(self, ids: Iterable[str]) -> None:
        """Removes vectors; an id that is not held is no error."""

    def nearest(self, query: Vector, k: int) -> list[str]:
        """Returns the ids of the k vectors nearest to the query, best first."""

    def close(self) -> None:
        """Lets go of files and locks."""


class ExactIndex:
    """Compares the query with every vector: 0.05 ms for a thousand.

    The vectors are rows of one matrix with room at its end, so that adding one copies none of the others.
    """

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []  # by row
        self._room: Vector = np.zeros((0, 0), np.float32)

    def ids(self) -> set[str]:
        """Returns the ids held."""
        return set(self._rows)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Adds vectors; an id that is held gets the new one."""
        new = [name for name in vectors if name not in self._rows]
        self._rows.update((name, len(self._ids) + n) for n, name in enumerate(new))
        self._ids += new
        self._make_room(next((len(vector) for vector in vectors.values()), 0))
        for name, vector in vectors.items():
            self._room[self._rows[name]] = vector

    def remove(self, ids: Iterable[str]) -> None:
        """Removes vectors; an id that is not held is no error."""
        for name in ids:
            row = self._rows.pop(name, None)
            if row is None:
                continue
            last = self._ids.pop()
            if last != name:
                self._ids[row], self._rows[last] = last, row
                self._room[row] = self._room[len(self._ids)]

    def of(self, ids: Sequence[str]) -> Vector:
        """Returns the vectors of these ids, which are held, float32 [len(ids), width]."""
        found: Vector = self._room[[self._rows[name] for name in ids]]
        return found

    def nearest(self, query: Vector, k: int) -> list[str]:
        """Returns the ids of the k vectors nearest to the query, best first."""
        if not self._ids:
            return []
        scores = self._room[: len(self._ids)] @ query
        best = np.argpartition(-scores, k)[:k] if k < len(scores) else np.arange(len(scores))
        return sorted((self._ids[row] for row in best), key=lambda name: (-scores[self._rows[name]], name))

    def close(self) -> None:
        """Forgets the vectors."""
        self.remove(self.ids())

    def _make_room(self, width: int) -> None:
        if len(self._ids) > len(self._room):
            room = np.zeros((max(len(self._ids), 2 * len(self._room)), width), np.float32)
            if len(self._room):
                room[: len(self._room)] = self._room
            self._room = room
