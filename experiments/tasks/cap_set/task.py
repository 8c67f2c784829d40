"""Cap sets: evolves `priority(el, n)`, which orders the vectors of a greedy construction.

Starts from the zero priority, as FunSearch did, which gives 2**n. Largest known sizes: 9, 20, 45 and 112 for
n = 3 to 6, which are the largest possible; 236, 512 (found by FunSearch) and 1082 for n = 7 to 9
(Romera-Paredes et al., Nature 625, 2024, table 2). `--inputs '[4, 5]'` names the dimensions. No data are held
out: the set itself is the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from experiments.constructions.judging import judged
from experiments.greedy_sets.priority_evaluator import PriorityEvaluator
from experiments.task_parts import own_specification
from experiments.tasks.cap_set.caps import cap_case, construction
from funsearch.exceptions import TaskError
from funsearch.task import Baseline, Task

DEFAULT_DIMENSIONS = (6,)
LARGEST_KNOWN = {1: 2, 2: 4, 3: 9, 4: 20, 5: 45, 6: 112, 7: 236, 8: 512, 9: 1082}


def build(inputs: tuple[Any, ...] = (), n: int | None = None) -> Task:
    """Returns the task for the dimensions in `inputs`, for `n`, or for n = 6.

    Raises:
        TaskError: The inputs are no different dimensions from 1 to 9.
    """
    if inputs and n is not None:
        raise TaskError("cap_set: expected --inputs or --set n, found both")
    dimensions = _checked(inputs or DEFAULT_DIMENSIONS if n is None else (n,))
    return Task(
        name="cap_set",
        specification=own_specification(__package__),
        training=lambda box: PriorityEvaluator(box, [cap_case(n) for n in dimensions]),
        training_data=f"dimensions {', '.join(map(str, dimensions))}",
        baselines=(
            Baseline("zero priority", _mean(2**n for n in dimensions), None),
            Baseline("largest known (published)", _mean(LARGEST_KNOWN[n] for n in dimensions), None),
        ),
        figure="vectors in the cap set, mean over the dimensions",
        construction=judged(lambda value: construction(value, dimensions[-1])),
    )


def _checked(inputs: tuple[Any, ...]) -> tuple[int, ...]:
    for n in inputs:
        if type(n) is not int or n not in LARGEST_KNOWN:
            raise TaskError(f"cap_set: n: expected dimensions from 1 to 9, found {n!r}")
    if len(set(inputs)) < len(inputs):
        raise TaskError(f"cap_set: inputs: expected each dimension once, found {list(inputs)}")
    return inputs


def _mean(sizes: Iterable[int]) -> float:
    known = list(sizes)
    return sum(known) / len(known)
