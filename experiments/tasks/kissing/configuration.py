"""Kissing configurations of whole numbers, checked exactly.

Vectors none of which is 0, and of which the longest is no longer than the distance of any two, prove that
as many balls as there are vectors can touch one of the same size: moved outwards or inwards to one length,
they stay as far apart as that length (the criterion of AlphaEvolve's published results, 2025).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evaluators import Evaluation
from experiments.constructions.exact_json import (
    ConstructionRefused,
    IntArray,
    integer_rows,
    part,
    require_distinct,
)

MOST_VECTORS = 20_000


def construction(value: Any, dimension: int) -> Evaluation:  # noqa: ANN401 - JSON
    """Returns the number of vectors of a kissing configuration."""
    vectors = integer_rows(part(value, "vectors", {"dimension": dimension}), dimension)
    if len(vectors) > MOST_VECTORS:
        raise ConstructionRefused(f"vectors: expected at most {MOST_VECTORS:,}, found {len(vectors):,}")
    require_distinct(vectors)
    if len(vectors):
        _check(vectors)
    return Evaluation(float(len(vectors)), {f"dimension {dimension}": float(len(vectors))})


def _check(vectors: IntArray) -> None:
    whole = _without_overflow(vectors)
    norms = (whole**2).sum(axis=1)
    if not norms.all():
        raise ConstructionRefused(f"vectors[{int(np.argmin(norms != 0))}]: expected a vector that is not 0")
    longest = norms.max()
    for row in range(len(whole) - 1):
        distances = norms[row + 1 :] + norms[row] - 2 * (whole[row + 1 :] @ whole[row])
        nearest = int(np.argmin(distances))
        if distances[nearest] < longest:
            raise ConstructionRefused(
                f"vectors[{row}], vectors[{row + 1 + nearest}]: expected a squared distance of at least the "
                f"largest squared length {longest}, found {distances[nearest]}"
            )


def _without_overflow(vectors: IntArray) -> Any:  # noqa: ANN401 - int64 or Python's own integers
    """Returns the vectors so that squares of their differences are exact."""
    largest = int(np.abs(vectors).max())
    return vectors if 8 * vectors.shape[1] * largest**2 < 2**63 else vectors.astype(object)
