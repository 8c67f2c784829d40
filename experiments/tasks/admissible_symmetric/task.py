"""Symmetric admissible sets: evolves `priority(el, n, w)` for I(n, w).

`--set n=12 w=7` names the set; I(15, 10) is the default. Starts from the zero priority, which gives 1842 for
I(15, 10); the largest possible has binomial(15, 10) = 3003, which FunSearch found (Romera-Paredes et al.,
Nature 625, 2024, and its published programs). No data are held out: the set itself is the result. A
construction is a list of vectors, or of representatives under the key "groups".
"""

from __future__ import annotations

import math

from experiments.constructions.judging import judged
from experiments.greedy_sets.priority_evaluator import PriorityEvaluator
from experiments.task_parts import known_figures, own_specification
from experiments.tasks.admissible_symmetric.admissible import construction
from experiments.tasks.admissible_symmetric.symmetric import symmetric_case
from funsearch.exceptions import TaskError
from funsearch.task import Task

ZERO_PRIORITY = {(15, 10): 1842}
LARGEST_KNOWN = {(12, 7): 792, (15, 10): 3003}
LARGEST_N = 21


def build(n: int = 15, w: int = 10) -> Task:
    """Returns the task of I(n, w).

    Raises:
        TaskError: n is no multiple of three, or w no weight of its vectors.
    """
    if type(n) is not int or n % 3 or not 3 <= n <= LARGEST_N:
        raise TaskError(f"admissible_symmetric: n: expected a multiple of 3 up to {LARGEST_N}, found {n!r}")
    if type(w) is not int or not 1 <= w <= n:
        raise TaskError(f"admissible_symmetric: w: expected a weight from 1 to n={n}, found {w!r}")
    known = {
        "zero priority": ZERO_PRIORITY.get((n, w)),
        "largest known (published)": LARGEST_KNOWN.get((n, w)),
        "bound": math.comb(n, w),
    }
    return Task(
        name="admissible_symmetric",
        specification=own_specification(__package__),
        training=lambda box: PriorityEvaluator(box, [symmetric_case(n, w)]),
        training_data=f"I({n}, {w})",
        baselines=known_figures(known),
        figure=f"vectors in the admissible set I({n}, {w})",
        construction=judged(lambda value: construction(value, n, w)),
    )
