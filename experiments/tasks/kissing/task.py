"""Kissing numbers: evolves `vectors(dimension)`, which proposes whole vectors.

`--set dimension=11` names the space. Starts from the roots of D_n, 2 n (n - 1). Largest known in 11
dimensions: 592 (Ganzhinov 2022), 593 (AlphaEvolve, 2025), 604 reported in 2026. No data are held out: the
configuration is the result. A construction is a list of vectors of whole numbers.
"""

from __future__ import annotations

from experiments.constructions.construction_evaluator import constructing
from experiments.constructions.judging import judged
from experiments.task_parts import known_figures, own_specification
from experiments.tasks.kissing.configuration import construction
from funsearch.exceptions import TaskError
from funsearch.task import Task

# Lower bounds as published; 11 dimensions: AlphaEvolve, 2025.
LARGEST_KNOWN = {
    2: 6,
    3: 12,
    4: 24,
    5: 40,
    6: 72,
    7: 126,
    8: 240,
    9: 306,
    10: 510,
    11: 593,
    12: 840,
    24: 196560,
}


def build(dimension: int = 11) -> Task:
    """Returns the task of one dimension.

    Raises:
        TaskError: There is no such space.
    """
    if type(dimension) is not int or not 2 <= dimension <= 48:
        raise TaskError(f"kissing: dimension: expected a number from 2 to 48, found {dimension!r}")
    judge = judged(lambda value: construction(value, dimension))
    return Task(
        name="kissing",
        specification=own_specification(__package__),
        training=constructing("construct", [dimension], judge),
        training_data=f"{dimension} dimensions",
        baselines=known_figures(
            {
                "roots of D_n": 2 * dimension * (dimension - 1),
                "largest known (published)": LARGEST_KNOWN.get(dimension),
            }
        ),
        figure=f"balls that touch one in {dimension} dimensions",
        construction=judge,
    )
