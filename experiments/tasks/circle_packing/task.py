"""Circle packing: evolves `layout(n)`, from which n circles in the unit square settle.

`--set n=32` names how many; 26 is the default. Largest known sums of radii: 2.6358627564 for n = 26 and
2.9379445262 for n = 32 (AlphaEvolve, 2025); 2.63598 for n = 26 (ShinkaEvolve, 2025). The score is of the
circles after an exact repair: no tolerance. No data are held out: the packing itself is the result. A
construction is a list of [x, y, radius].
"""

from __future__ import annotations

from experiments.constructions.construction_evaluator import constructing
from experiments.constructions.judging import judged
from experiments.task_parts import known_figures, own_specification
from experiments.tasks.circle_packing.circles import construction
from funsearch.exceptions import TaskError
from funsearch.task import Task

LARGEST_KNOWN = {26: 2.6359850, 32: 2.9379445262}
MOST_CIRCLES = 200


def build(n: int = 26) -> Task:
    """Returns the task of n circles.

    Raises:
        TaskError: There is no packing of so many, or they are too many.
    """
    if type(n) is not int or not 1 <= n <= MOST_CIRCLES:
        raise TaskError(f"circle_packing: n: expected a whole number from 1 to {MOST_CIRCLES}, found {n!r}")
    repaired = judged(lambda value: construction(value, n, may_lose=None))
    return Task(
        name="circle_packing",
        specification=own_specification(__package__),
        training=constructing("construct", [n], repaired),
        training_data=f"{n} circles",
        baselines=known_figures({"largest known (published)": LARGEST_KNOWN.get(n)}),
        show="{:.6f}".format,
        figure=f"sum of the radii of {n} circles",
        construction=judged(lambda value: construction(value, n)),
    )
