"""Erdos's minimum overlap: evolves `heights(steps)`, a step function whose largest overlap is to be small.

`--set steps=200` names the number of steps. Published bounds: 0.380927 (Haugland 2016), 0.380924
(AlphaEvolve, 2025), 0.380876 reported in 2026; smaller is better. The bound is computed in exact arithmetic
and rounded up. No data are held out: the function itself is the result. A construction is the list of its
values.
"""

from __future__ import annotations

from experiments.constructions.construction_evaluator import constructing
from experiments.constructions.judging import judged
from experiments.task_parts import own_specification
from experiments.tasks.erdos_overlap.overlap import MOST_STEPS, construction
from funsearch.exceptions import TaskError
from funsearch.task import Baseline, Task

DEFAULT_STEPS = 50
PUBLISHED = {"Haugland 2016": 0.380927, "AlphaEvolve 2025": 0.3809230, "best reported (2026)": 0.380876}


def build(steps: int = DEFAULT_STEPS) -> Task:
    """Returns the task of functions with so many steps.

    Raises:
        TaskError: There is no such function.
    """
    if type(steps) is not int or not 2 <= steps <= MOST_STEPS:
        raise TaskError(f"erdos_overlap: steps: expected a number from 2 to {MOST_STEPS}, found {steps!r}")
    judge = judged(construction)
    return Task(
        name="erdos_overlap",
        specification=own_specification(__package__),
        training=constructing("construct", [steps], judge),
        training_data=f"step functions of {steps} steps",
        baselines=tuple(Baseline(name, -bound, None) for name, bound in PUBLISHED.items()),
        show=lambda score: f"{-score:.7f}",
        figure="upper bound for the minimum overlap constant",
        figure_of=lambda score: -score,
        construction=judge,
    )
