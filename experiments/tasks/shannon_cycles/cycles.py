"""Independent sets in C_m^n on the trusted side: built greedily by priority, and checked.

Two different vectors over the integers modulo m are adjacent where they differ by -1, 0 or 1 in every entry.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluators import Evaluation
from experiments.constructions.exact_json import (
    ConstructionRefused,
    IntArray,
    integer_rows,
    part,
    require_distinct,
    require_entries,
)
from experiments.greedy_sets.priority_evaluator import GreedyCase

MOST_VECTORS = 20_000_000


def all_vectors(m: int, n: int) -> IntArray:
    """Returns every vector of n entries from 0 to m - 1, int64 [m**n, n], in lexicographic order."""
    return np.indices((m,) * n, dtype=np.int64).reshape(n, -1).T


def neighbours(vector: IntArray, m: int) -> IntArray:
    """Returns the places, in lexicographic order, of a vector and all that are adjacent to it, [3**n]."""
    n = len(vector)
    steps = np.array(list(itertools.product((-1, 0, 1), repeat=n)), dtype=np.int64)
    return np.asarray((steps + vector) % m @ m ** np.arange(n - 1, -1, -1))


def cycle_case(m: int, n: int) -> GreedyCase:
    """Returns the independent set that is built in C_m^n."""
    vectors = all_vectors(m, n)

    def adjacent(number: int, _: Sequence[int]) -> IntArray:
        return neighbours(vectors[number], m)

    def size(taken: Sequence[int]) -> int:
        chosen = vectors[taken]
        if adjacent_in(chosen, m) is not None:
            raise RuntimeError(f"greedy: two of the {len(chosen)} vectors of C_{m}^{n} are adjacent")
        return len(chosen)

    return GreedyCase(f"C_{m}^{n}", (m, n), len(vectors), adjacent, size)


def adjacent_in(vectors: IntArray, m: int) -> list[list[int]] | None:
    """Returns two vectors that are adjacent or the same, None where no two are."""
    powers = m ** np.arange(vectors.shape[1] - 1, -1, -1)
    owner = np.full(m ** vectors.shape[1], -1, dtype=np.int32)
    for place, vector in enumerate(vectors):
        met = owner[neighbours(vector, m)]
        if (met >= 0).any():
            return [vectors[met[met >= 0][0]].tolist(), vector.tolist()]
        owner[int(vector @ powers)] = place
    return None


def construction(value: Any, m: int, n: int) -> Evaluation:  # noqa: ANN401 - JSON
    """Returns the size of an independent set that is given as a list of vectors."""
    vectors = integer_rows(part(value, "vectors", {"m": m, "n": n}), n)
    require_entries(vectors, range(m))
    require_distinct(vectors)
    adjacent = adjacent_in(vectors, m)
    if adjacent is not None:
        raise ConstructionRefused(f"vectors: expected no two adjacent in C_{m}^{n}, found {adjacent}")
    return Evaluation(float(len(vectors)), {f"C_{m}^{n}": float(len(vectors))})
