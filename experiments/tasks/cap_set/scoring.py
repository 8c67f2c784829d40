"""Scores a `priority(el, n)` by the cap set that it leads to, built and checked on the trusted side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators import Evaluation
from evaluators.evaluation import why_no_results
from experiments.tasks.cap_set.caps import FloatArray, all_vectors, greedy_cap, is_cap_set
from sandbox import Limits, Sandbox
from sandbox.interface import Value

FUNCTION = "priorities"  # asks `priority` for every vector, so that one round trip does
LIMITS = Limits(wall_seconds=10.0, output_bytes=1 << 20)


class CapSetEvaluator:
    """Builds one cap set per dimension.

    Args:
        box: Where the program runs.
        dimensions: One test each.
    """

    def __init__(self, box: Sandbox, dimensions: Sequence[int]) -> None:
        self._box = box
        self._vectors = {n: all_vectors(n) for n in dimensions}

    def evaluate(self, source: str) -> Evaluation:
        """Returns the mean size as the score, and the size for each dimension."""
        outcome = self._box.call(source, FUNCTION, [[n] for n in self._vectors], limits=LIMITS)
        failure = why_no_results(outcome)
        if failure:
            return Evaluation.invalid(failure)
        sizes: dict[str, float] = {}
        for n, result in zip(self._vectors, outcome.results, strict=True):
            priorities = _priorities(result.value, n)
            if priorities is None:
                return Evaluation.invalid(_expected(result.value, n))
            sizes[f"n={n}"] = float(self._size(priorities, n))
        return Evaluation(
            score=sum(sizes.values()) / len(sizes),
            scores_per_test=sizes,
            cpu_seconds=outcome.cpu_seconds,
            peak_memory_bytes=outcome.peak_memory_bytes,
        )

    def _size(self, priorities: FloatArray, n: int) -> int:
        cap = greedy_cap(priorities, self._vectors[n])
        if not is_cap_set(cap):
            raise RuntimeError(f"greedy_cap: three of the {len(cap)} vectors for n={n} lie on a line")
        return len(cap)


def _priorities(value: Value, n: int) -> FloatArray | None:
    """Returns the answer where it is one real number per vector, none of them NaN; else None."""
    if not isinstance(value, np.ndarray) or value.dtype != np.float64 or value.shape != (3**n,):
        return None
    return None if np.isnan(value).any() else value


def _expected(value: Value, n: int) -> str:
    if isinstance(value, np.ndarray):
        nans = int(np.isnan(value).sum()) if value.dtype.kind == "f" else 0
        found = f"{value.dtype} of shape {value.shape} with {nans} NaN"
    else:
        found = type(value).__name__
    return f"priority: expected {3**n} numbers for n={n}, none of them NaN, found {found}"
