"""Cap sets on the trusted side: built greedily by priority, and checked.

The greedy construction is that of FunSearch's published skeleton (Romera-Paredes et al., Nature 625, 2024).
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def all_vectors(n: int) -> IntArray:
    """Returns every vector over {0, 1, 2}, int64 [3**n, n], in lexicographic order."""
    return np.array(list(itertools.product((0, 1, 2), repeat=n)), dtype=np.int64)


def numbers_of(vectors: IntArray) -> IntArray:
    """Returns the place of each vector, [..., n], in lexicographic order."""
    return np.asarray(vectors @ 3 ** np.arange(vectors.shape[-1] - 1, -1, -1))


def greedy_cap(priorities: FloatArray, vectors: IntArray) -> IntArray:
    """Returns the vectors taken, int64 [size, n].

    Highest priority first, the first of equals first; -inf is never taken, as in the published skeleton.
    """
    is_open = priorities != -np.inf
    taken: list[int] = []
    for number in np.argsort(-priorities, kind="stable").tolist():
        if is_open[number]:
            is_open[numbers_of(-(vectors[taken] + vectors[number]) % 3)] = False
            taken.append(number)
    return vectors[taken]


def is_cap_set(vectors: IntArray) -> bool:
    """Returns whether all vectors differ and none completes a line with two others."""
    numbers = numbers_of(vectors)
    first, second = np.triu_indices(len(vectors), k=1)
    third = numbers_of(-(vectors[first] + vectors[second]) % 3)
    return len(np.unique(numbers)) == len(numbers) and not np.isin(third, numbers).any()
