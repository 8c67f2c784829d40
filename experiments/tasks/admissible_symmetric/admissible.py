"""Admissible sets I(n, w), checked vector by vector.

Vectors over {0, 1, 2} with w entries that are not 0, no two with the same support; of any three, some entry
holds {0, 1, 2}, {0, 0, 1} or {0, 0, 2} (Edel 2004; Romera-Paredes et al., Nature 625, 2024, Methods).

Three vectors that break the last rule hold in every entry no zero, three, or one beside two equals. As
their weights are equal, each has its zero alone, beside two equals, in the same number of entries, d. So
each two of them differ by d entries in their supports, both ways, and agree in d entries at least: few
pairs do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from evaluators import Evaluation
from experiments.constructions.exact_json import (
    ConstructionRefused,
    IntArray,
    integer_rows,
    part,
    require_distinct,
    require_entries,
)
from experiments.tasks.admissible_symmetric.symmetric import expanded

Masks = npt.NDArray[np.uint64]
MOST_VECTORS = 5_000  # the check of every three takes half a minute from there on


def construction(value: Any, n: int, w: int) -> Evaluation:  # noqa: ANN401 - JSON
    """Returns the size of an admissible set.

    Args:
        value: Its vectors; or, under the key "groups", its representatives: n / 3 numbers from 0 to 6 each,
            which name the orbits of triples of entries under rotation.
        n: Length of the vectors.
        w: Their weight.
    """
    if isinstance(value, dict) and "groups" in value:
        groups = integer_rows(part(value, "groups", {"n": n, "w": w}), n // 3, "groups")
        require_entries(groups, range(7), "groups")
        require_distinct(groups, "groups")
        vectors = expanded(groups)
    else:
        vectors = integer_rows(part(value, "vectors", {"n": n, "w": w}), n)
    check(vectors, w)
    return Evaluation(float(len(vectors)), {f"I({n}, {w})": float(len(vectors))})


def check(vectors: IntArray, w: int) -> None:
    """Raises `ConstructionRefused` where the vectors are no admissible set of weight w."""
    if len(vectors) > MOST_VECTORS:
        raise ConstructionRefused(
            f"vectors: expected at most {MOST_VECTORS:,} vectors, found {len(vectors):,}"
        )
    require_entries(vectors, (0, 1, 2))
    weights = np.count_nonzero(vectors, axis=1)
    if (weights != w).any():
        row = int(np.argmax(weights != w))
        raise ConstructionRefused(
            f"vectors[{row}]: expected {w} entries that are not 0, found {weights[row]}"
        )
    require_distinct(vectors)
    supports = _masks(vectors != 0)
    if len(np.unique(supports)) < len(supports):
        raise ConstructionRefused("vectors: expected supports that all differ, found two that are the same")
    three = breaking(vectors)
    if three is not None:
        told = ", ".join(str(vectors[row].tolist()) for row in three)
        raise ConstructionRefused(f"vectors: expected no three without a telling entry, found {told}")


def breaking(vectors: IntArray) -> tuple[int, int, int] | None:
    """Returns the rows of three vectors of one weight and different supports that break the rule, or None."""
    ones, twos = _masks(vectors == 1), _masks(vectors == 2)
    supports = ones | twos
    for row in range(len(vectors)):
        later = np.arange(row + 1, len(vectors))
        missing = np.bitwise_count(supports[later] & ~supports[row])
        agreeing = np.bitwise_count((ones[later] & ones[row]) | (twos[later] & twos[row]))
        near = agreeing >= missing
        for d in np.unique(missing[near]).tolist():
            rows = later[near & (missing == d)]
            found = _breaking_with(row, rows, ones, twos)
            if found is not None:
                return row, int(rows[found[0]]), int(rows[found[1]])
    return None


def _breaking_with(row: int, rows: IntArray, ones: Masks, twos: Masks) -> tuple[int, int] | None:
    """Returns which two of some rows break the rule with one row."""
    supports = ones | twos
    a, b, c = supports[row], supports[rows][:, None], supports[rows][None, :]
    in_two = (a & b) | (a & c) | (b & c)
    single = (a | b | c) & ~in_two
    first, second = ones[rows], twos[rows]
    has_both = (ones[row] | first[:, None] | first[None, :]) & (twos[row] | second[:, None] | second[None, :])
    telling = single | (has_both & ~(a & b & c))
    np.fill_diagonal(telling, 1)
    found = np.argwhere(telling == 0)
    return None if not len(found) else (int(found[0][0]), int(found[0][1]))


def _masks(holds: npt.NDArray[np.bool_]) -> Masks:
    """Returns a bit per entry, uint64 [rows]; the rows have at most 63 entries."""
    return np.asarray(holds.astype(np.uint64) @ (np.uint64(1) << np.arange(holds.shape[1], dtype=np.uint64)))
