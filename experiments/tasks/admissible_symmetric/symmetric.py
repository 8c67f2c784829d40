"""Symmetric admissible sets on the trusted side: built greedily by priority from orbits of triples.

The n entries fall into groups of three, and the set holds with a vector all those whose groups are rotated,
each by itself. So a vector stands for its orbit, and a group is one of the seven orbits of triples that may
occur (Romera-Paredes et al., Nature 625, 2024, and the published skeleton).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from experiments.constructions.exact_json import IntArray
from experiments.greedy_sets.priority_evaluator import GreedyCase

TRIPLES = ((0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 2), (0, 2, 1), (1, 1, 1), (2, 2, 2))
WEIGHTS = np.array([sum(entry != 0 for entry in triple) for triple in TRIPLES])
_TELLING = {(0, 1, 2), (0, 0, 1), (0, 0, 2)}  # what an entry of three vectors must hold, in order


def _rotations(triple: Sequence[int]) -> list[tuple[int, ...]]:
    x, y, z = triple
    return list(dict.fromkeys([(x, y, z), (z, x, y), (y, z, x)]))


def _may_break() -> npt.NDArray[np.bool_]:
    """Returns for three orbits whether some of their triples have no telling entry, [7, 7, 7]."""
    table = np.zeros((len(TRIPLES),) * 3, dtype=bool)
    for kinds in itertools.product(range(len(TRIPLES)), repeat=3):
        turned = itertools.product(*(_rotations(TRIPLES[kind]) for kind in kinds))
        table[kinds] = any(
            all(tuple(sorted(entry)) not in _TELLING for entry in zip(*triples, strict=True))
            for triples in turned
        )
    return table


MAY_BREAK = _may_break()


def orbits(n: int, w: int) -> IntArray:
    """Returns every choice of n / 3 orbits with weight w together, int64 [orbits, n / 3], in order."""
    choices = np.indices((len(TRIPLES),) * (n // 3), dtype=np.int64).reshape(n // 3, -1).T
    return np.asarray(choices[WEIGHTS[choices].sum(axis=1) == w])


def expanded(groups: IntArray) -> IntArray:
    """Returns all vectors of some orbits, int64 [vectors, 3 * groups]."""
    rows = [
        list(itertools.chain.from_iterable(turned))
        for row in groups.tolist()
        for turned in itertools.product(*(_rotations(TRIPLES[kind]) for kind in row))
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), 3 * groups.shape[1])


def symmetric_case(n: int, w: int) -> GreedyCase:
    """Returns the symmetric admissible set that is built for I(n, w)."""
    choices = orbits(n, w)
    weights = WEIGHTS[choices]

    def clashing(number: int, taken: Sequence[int]) -> npt.NDArray[np.intp]:
        """Returns the orbits that cannot stand beside one, given those that were taken before it."""
        own = weights[number]
        clash = (own <= weights).all(axis=1) | (own >= weights).all(axis=1)
        left = np.flatnonzero(~clash)
        for other in taken:
            may = MAY_BREAK[choices[other], choices[number]]  # [groups, 7]
            breaks = np.ones(len(left), dtype=bool)
            for group in range(choices.shape[1]):
                breaks &= may[group, choices[left, group]]
            clash[left[breaks]] = True
            left = left[~breaks]
        return np.flatnonzero(clash)

    def size(taken: Sequence[int]) -> int:
        return len(expanded(choices[taken]))

    return GreedyCase(f"I({n}, {w})", (n, w), len(choices), clashing, size)
