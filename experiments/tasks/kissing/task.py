"""Kissing numbers: evolves `vectors(dimension)`, which proposes whole vectors.

`--set dimension=11` names the space. Starts from the roots of D_n, 2 n (n - 1). Largest known in 11
dimensions: 592 (Ganzhinov 2022), 593 (AlphaEvolve, 2025), 604 reported in 2026. No data are held out: the
configuration is the result. A construction is a list of vectors of whole numbers.
"""

from __future__ import annotations

from importlib import resources

from experiments.constructions.construction_evaluator import constructing
from experiments.constructions.judging import judged
from experiments.tasks.kissing.configuration import construction
from funsearch.exceptions import TaskError
from funsearch.task import Baseline, Task
from programs import Specification

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
    text = resources.files(__package__).joinpath("specification.py").read_text(encoding="utf-8")
    known = LARGEST_KNOWN.get(dimension)
    judge = judged(lambda value: construction(value, dimension))
    return Task(
        name="kissing",
        specification=Specification.from_text(text),
        training=constructing("construct", [dimension], judge),
        training_data=f"{dimension} dimensions",
        baselines=(
            Baseline("roots of D_n", float(2 * dimension * (dimension - 1)), None),
            *(() if known is None else (Baseline("largest known (published)", float(known), None),)),
        ),
        figure=f"balls that touch one in {dimension} dimensions",
        construction=judge,
    )
