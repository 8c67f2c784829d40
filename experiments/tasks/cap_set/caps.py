"""Cap sets on the trusted side: built greedily by priority, and checked."""

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


def all_vectors(n: int) -> IntArray:
    """Returns every vector over {0, 1, 2}, int64 [3**n, n], in lexicographic order."""
    return np.array(list(itertools.product((0, 1, 2), repeat=n)), dtype=np.int64)


def numbers_of(vectors: IntArray) -> IntArray:
    """Returns the place of each vector, [..., n], in lexicographic order."""
    return np.asarray(vectors @ 3 ** np.arange(vectors.shape[-1] - 1, -1, -1))


def cap_case(n: int) -> GreedyCase:
    """Returns the cap set that is built in dimension n."""
    vectors = all_vectors(n)

    def completing(number: int, taken: Sequence[int]) -> IntArray:
        """Returns an element, and what would complete a line with it and one that was taken before."""
        return numbers_of(-(vectors[[number, *taken]] + vectors[number]) % 3)

    def size(taken: Sequence[int]) -> int:
        cap = vectors[taken]
        if not is_cap_set(cap):
            raise RuntimeError(f"greedy: three of the {len(cap)} vectors for n={n} lie on a line")
        return len(cap)

    return GreedyCase(f"n={n}", (n,), len(vectors), completing, size)


def is_cap_set(vectors: IntArray) -> bool:
    """Returns whether all vectors differ and none completes a line with two others."""
    return len(np.unique(numbers_of(vectors))) == len(vectors) and line_in(vectors) is None


def line_in(vectors: IntArray) -> list[list[int]] | None:
    """Returns three different vectors on a line, None where no three of the vectors are."""
    is_there = np.zeros(3 ** vectors.shape[1], dtype=bool)
    is_there[numbers_of(vectors)] = True
    for place, vector in enumerate(vectors):
        third = -(vectors[place + 1 :] + vector) % 3
        found = np.flatnonzero(is_there[numbers_of(third)])
        if len(found):
            return [each.tolist() for each in (vector, vectors[place + 1 + found[0]], third[found[0]])]
    return None


def construction(value: Any, n: int) -> Evaluation:  # noqa: ANN401 - JSON
    """Returns the size of a cap set that is given as a list of vectors over {0, 1, 2}."""
    vectors = integer_rows(part(value, "vectors", {"n": n}), n)
    require_entries(vectors, (0, 1, 2))
    require_distinct(vectors)
    line = line_in(vectors)
    if line is not None:
        raise ConstructionRefused(f"vectors: expected no three on a line, found {line}")
    return Evaluation(float(len(vectors)), {f"n={n}": float(len(vectors))})
