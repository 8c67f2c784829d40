"""Scores a priority by the sets that it leads to, which are built and checked on the trusted side.

The construction is that of FunSearch's published skeletons: the element of highest priority enters, the first
of equals first, and what it rules out is no longer asked; -inf never enters (Romera-Paredes et al., Nature
625, 2024).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluators import Evaluation
from evaluators.evaluation import STRUCTURE, why_no_results
from sandbox import Limits, Sandbox
from sandbox.interface import Value

FloatArray = npt.NDArray[np.float64]

FUNCTION = "priorities"  # asks `priority` for every element, so that one round trip does
LIMITS = Limits(wall_seconds=30.0, output_bytes=16 << 20)


@dataclass(frozen=True)
class GreedyCase:
    """One set to build.

    Attributes:
        name: What a report calls it, such as "n=8".
        arguments: What `priorities` is called with.
        elements: How many priorities it must give.
        rules_out: Returns what an element that enters rules out, by its number and those taken before it.
        size: Checks the set of the elements taken, by their numbers, and returns how large it is.
    """

    name: str
    arguments: tuple[int, ...]
    elements: int
    rules_out: Callable[[int, Sequence[int]], npt.NDArray[np.intp]]
    size: Callable[[Sequence[int]], int]

    def taken(self, priorities: FloatArray) -> list[int]:
        """Returns the numbers of the elements taken, in the order in which they enter."""
        is_open = priorities != -np.inf
        taken: list[int] = []
        for number in np.argsort(-priorities, kind="stable").tolist():
            if is_open[number]:
                is_open[self.rules_out(number, taken)] = False
                taken.append(number)
        return taken


class PriorityEvaluator:
    """Builds one set per case.

    Args:
        box: Where the program runs.
        cases: One test each.
        limits: Of the program, for all cases together.
    """

    def __init__(self, box: Sandbox, cases: Sequence[GreedyCase], limits: Limits = LIMITS) -> None:
        self._box = box
        self._cases = cases
        self._limits = limits

    def evaluate(self, source: str) -> Evaluation:
        """Returns the mean size as the score, and the size for each case."""
        arguments: list[list[Value]] = [list(case.arguments) for case in self._cases]
        outcome = self._box.call(source, FUNCTION, arguments, limits=self._limits)
        failure = why_no_results(outcome)
        if failure:
            return Evaluation.invalid(failure)
        sizes: dict[str, float] = {}
        built = hashlib.blake2b(digest_size=6)  # a whole number that a float holds
        for case, result in zip(self._cases, outcome.results, strict=True):
            priorities = _priorities(result.value, case.elements)
            if priorities is None:
                return Evaluation.invalid(_expected(result.value, case))
            taken = case.taken(priorities)
            sizes[case.name] = float(case.size(taken))
            built.update(np.array(sorted(taken)).tobytes())
        return Evaluation(
            score=sum(sizes.values()) / len(sizes),
            scores_per_test=sizes,
            measures={STRUCTURE: float(int.from_bytes(built.digest(), "big"))},
            cpu_seconds=outcome.cpu_seconds,
            peak_memory_bytes=outcome.peak_memory_bytes,
        )


def _priorities(value: Value, elements: int) -> FloatArray | None:
    """Returns the answer where it is one real number per element, none of them NaN; else None."""
    if not isinstance(value, np.ndarray) or value.dtype != np.float64 or value.shape != (elements,):
        return None
    return None if np.isnan(value).any() else value


def _expected(value: Value, case: GreedyCase) -> str:
    if isinstance(value, np.ndarray):
        nans = int(np.isnan(value).sum()) if value.dtype.kind == "f" else 0
        found = f"{value.dtype} of shape {value.shape} with {nans} NaN"
    else:
        found = type(value).__name__
    return f"priority: expected {case.elements} numbers for {case.name}, none of them NaN, found {found}"
