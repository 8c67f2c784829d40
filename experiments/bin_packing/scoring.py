"""Scores a `priority(item, bins)` on the trusted side, as FunSearch's published evaluator does.

The published evaluator shows the program every bin with room, unopened ones too, and takes the first of
the highest priorities. A program that is proven element-wise answers for all items and capacities in one
round trip; any other is asked item by item. Both ways give the same packing.
"""

from __future__ import annotations

import time
from itertools import islice

import numpy as np

from evaluators import Evaluation
from evaluators.evaluation import finite_number, why_no_results
from experiments.bin_packing.instances import IntArray, PackingInstances
from experiments.bin_packing.packing import BestFit, pack
from experiments.bin_packing.ranked import POISON, UNFIT, PoisonChosen, RankArray, packings
from programs import is_elementwise
from sandbox import Limits, Sandbox, Session
from sandbox.interface import Value

FUNCTION = "priority"
TABLE_LIMITS = Limits(wall_seconds=4.0, output_bytes=4 << 20)
STEP_LIMITS = Limits(wall_seconds=4.0, cpu_seconds=90.0, output_bytes=4 << 20)
# All round trips of one program together, by default. Item by item takes 1 to 2 s for 20 instances of 500
# items; ten times that is of no use on line.
INTERACTIVE_SECONDS = 20.0
FOUND_NAN = f"{FUNCTION}: found NaN among the priorities"


class _InvalidPriority(Exception):
    """The program's answer is no priority; the text says why."""


class PackingEvaluator:
    """Packs a set of instances with a program's priorities.

    Args:
        box: Where the program runs.
        instances: What it packs.
        trust_proof: Whether a proof of element-wise use may replace asking for every item.
        interactive_seconds: Time for a packing that is asked item by item.
        screen: How many instances come first: a program that packs them worse than best fit is invalid, and
            the others are not packed. 0 for no such stage.
    """

    def __init__(
        self,
        box: Sandbox,
        instances: PackingInstances,
        *,
        trust_proof: bool = True,
        interactive_seconds: float = INTERACTIVE_SECONDS,
        screen: int = 0,
    ) -> None:
        self._box = box
        self._instances = instances
        self._trust_proof = trust_proof
        self._interactive_seconds = interactive_seconds
        self._screen = screen
        self._most_bins = int(pack(instances.first(screen), BestFit()).sum()) if screen else 0

    def evaluate(self, source: str) -> Evaluation:
        """Returns minus the excess in percent as the score, and minus the bins used per instance."""
        if self._trust_proof and is_elementwise(source, FUNCTION, "bins"):
            evaluation = self._evaluate_by_table(source)
            if evaluation is not None:
                return evaluation
        return self._evaluate_interactively(source)

    def _evaluate_by_table(self, source: str) -> Evaluation | None:
        """Returns None where the table has a gap that a real packing might never meet."""
        sizes = np.unique(self._instances.items)
        capacity = self._instances.capacity
        arguments: list[list[Value]] = [[int(size), np.arange(size, capacity + 1)] for size in sizes]
        outcome = self._box.call(source, FUNCTION, arguments, limits=TABLE_LIMITS)
        if why_no_results(outcome):
            return None
        ranks = np.full((int(sizes[-1]) + 1, capacity + 1), UNFIT, dtype=np.int16)
        try:
            for size, result in zip(sizes, outcome.results, strict=True):
                ranks[size, size:] = _ranks(_numbers(result.value, (capacity + 1 - size,)))
        except _InvalidPriority:
            return None
        try:
            used = packings(self._instances, ranks)
            first = np.array(list(islice(used, self._screen)), dtype=np.int64)
            if reason := self._why_stopped(first):
                return Evaluation.invalid(reason)
            bins_used = np.concatenate([first, np.array(list(used), dtype=np.int64)])
        except PoisonChosen:
            return Evaluation.invalid(FOUND_NAN)
        return self._scored(bins_used, outcome.cpu_seconds, outcome.peak_memory_bytes)

    def _evaluate_interactively(self, source: str) -> Evaluation:
        with self._box.session(source, limits=STEP_LIMITS) as session:
            policy = _AskedPolicy(session, self._interactive_seconds)
            try:
                bins_used = pack(self._instances, policy)
            except _InvalidPriority as error:
                return Evaluation.invalid(str(error))
        return self._scored(bins_used, policy.cpu_seconds, policy.peak_memory_bytes)

    def _why_stopped(self, bins_used: IntArray) -> str | None:
        """Returns why a program that uses so many bins goes no further, None if it does."""
        used = int(bins_used[: self._screen].sum())
        if used <= self._most_bins:
            return None
        expected = f"expected at most best fit's {self._most_bins} bins"
        return f"the first {self._screen} instances: {expected}, found {used}"

    def _scored(self, bins_used: IntArray, cpu_seconds: float, peak_memory_bytes: int) -> Evaluation:
        if reason := self._why_stopped(bins_used):
            return Evaluation.invalid(reason)
        return Evaluation(
            score=-self._instances.excess_percent(bins_used),
            scores_per_test={f"instance {i}": -float(used) for i, used in enumerate(bins_used)},
            cpu_seconds=cpu_seconds,
            peak_memory_bytes=peak_memory_bytes,
        )


class _AskedPolicy:
    """Asks the program for the priorities of every bin with room, one item of each instance per request."""

    def __init__(self, session: Session, seconds: float) -> None:
        self._session = session
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self.cpu_seconds = 0.0
        self.peak_memory_bytes = 0

    def choose(self, items: IntArray, remaining: IntArray, opened: int) -> IntArray:
        if time.monotonic() > self._deadline:
            raise _InvalidPriority(f"timed_out: no packing within {self._seconds:.0f} s")
        valid = [np.flatnonzero(bins >= item) for item, bins in zip(items, remaining, strict=True)]
        arguments = [
            [int(item), bins[index]] for item, bins, index in zip(items, remaining, valid, strict=True)
        ]
        outcome = self._session.call_many(FUNCTION, arguments)
        self.cpu_seconds += outcome.cpu_seconds
        self.peak_memory_bytes = max(self.peak_memory_bytes, outcome.peak_memory_bytes)
        failure = why_no_results(outcome)
        if failure:
            raise _InvalidPriority(failure)
        answers = [result.value for result in outcome.results]
        return np.array(
            [
                index[np.argmax(_checked(answer, index.shape))]
                for answer, index in zip(answers, valid, strict=True)
            ]
        )


def _checked(answer: Value, shape: tuple[int, ...]) -> np.ndarray:
    """Returns the answer as an array if it is one real number per bin, none of them NaN."""
    numbers = _numbers(answer, shape)
    if numbers.dtype.kind == "f" and np.isnan(numbers).any():
        raise _InvalidPriority(FOUND_NAN)
    return numbers


def _numbers(answer: Value, shape: tuple[int, ...]) -> np.ndarray:
    """Returns the answer as an array if it is one number or NaN per bin."""
    if isinstance(answer, list):
        numbers = [finite_number(entry) for entry in answer]
        answer = None if None in numbers else np.array(numbers, dtype=np.float64)
    if not isinstance(answer, np.ndarray) or answer.dtype.kind not in "biuf":
        found = type(answer).__name__
        raise _InvalidPriority(f"{FUNCTION}: expected an array of real numbers, found {found}")
    if answer.shape != shape:
        raise _InvalidPriority(
            f"{FUNCTION}: expected one priority per bin, shape {shape}, found {answer.shape}"
        )
    return answer


def _ranks(priorities: np.ndarray) -> RankArray:
    """Returns the dense ranks of the priorities from 0, `POISON` for NaN."""
    ranks = np.unique(priorities, return_inverse=True)[1].astype(np.int16)
    if priorities.dtype.kind == "f":
        ranks[np.isnan(priorities)] = POISON
    return ranks
