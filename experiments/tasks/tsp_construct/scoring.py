"""Scores a heuristic by the tours that it builds; their lengths are computed on the trusted side."""

from __future__ import annotations

import numpy as np

from evaluators import Evaluation
from evaluators.evaluation import why_no_results
from experiments.tasks.tsp_construct.instances import FloatArray, Tours
from sandbox import Limits, Sandbox
from sandbox.interface import Value

FUNCTION = "tour"
LIMITS = Limits(wall_seconds=60.0, cpu_seconds=60.0, output_bytes=1 << 20)


class TourEvaluator:
    """Has a program build one tour per instance.

    Args:
        box: Where the program runs.
        tours: The instances.
    """

    def __init__(self, box: Sandbox, tours: Tours) -> None:
        self._box = box
        self._tours = tours
        self._distances = tours.distances

    def evaluate(self, source: str) -> Evaluation:
        """Returns minus the gap in percent as the score, and minus the length of each tour."""
        arguments: list[list[Value]] = [[matrix] for matrix in self._distances]
        outcome = self._box.call(source, FUNCTION, arguments, limits=LIMITS)
        failure = why_no_results(outcome)
        if failure:
            return Evaluation.invalid(failure)
        lengths = []
        for number, (result, distances) in enumerate(zip(outcome.results, self._distances, strict=True)):
            length = length_of(result.value, distances)
            if length is None:
                return Evaluation.invalid(
                    f"select_next_node: instance {number}: expected each of the {len(distances)} nodes once"
                )
            lengths.append(length)
        return Evaluation(
            score=-self._tours.gap_percent(np.array(lengths)),
            scores_per_test={f"instance {number}": -length for number, length in enumerate(lengths)},
            cpu_seconds=outcome.cpu_seconds,
            peak_memory_bytes=outcome.peak_memory_bytes,
        )


def length_of(tour: Value, distances: FloatArray) -> float | None:
    """Returns the length of a closed tour; None where it is none of all nodes from node 0."""
    if isinstance(tour, np.ndarray):
        tour = tour.tolist()
    if not isinstance(tour, list) or any(type(node) is not int for node in tour):
        return None
    if tour[:1] != [0] or sorted(tour) != list(range(len(distances))):
        return None
    return float(distances[tour, np.roll(tour, -1)].sum())
