"""Fast matrix multiplication: evolves `products(n, m, p)`, a decomposition of its tensor into few products.

`--set n=4 m=4 p=4` names the shape; 2 x 2 by 2 x 2 is the default. Starts from the schoolbook's n m p
products. Published ranks are those of AlphaEvolve (2025): 48 for <4,4,4> over the complex numbers. The
check is exact over the rational complex numbers. No data are held out. A construction is the three factors.
"""

from __future__ import annotations

from collections.abc import Mapping

from experiments.constructions.construction_evaluator import constructing
from experiments.constructions.judging import judged
from experiments.task_parts import known_figures, own_specification
from experiments.tasks.matmul.decomposition import LARGEST_SIDE, Shape, construction
from funsearch.exceptions import TaskError
from funsearch.task import Task

# Ranks as AlphaEvolve's results state them (2025), by sorted shape; Strassen's for 2 x 2 (1969).
SMALLEST_KNOWN: Mapping[tuple[int, ...], int] = {
    (2, 2, 2): 7, (2, 4, 5): 32, (2, 4, 7): 45, (2, 4, 8): 51, (2, 5, 6): 47, (3, 3, 3): 23, (3, 4, 6): 54,
    (3, 4, 7): 63, (3, 4, 8): 74, (3, 5, 6): 68, (3, 5, 7): 80, (4, 4, 4): 48, (4, 4, 5): 61, (4, 4, 7): 85,
    (4, 4, 8): 96, (4, 5, 6): 90, (5, 5, 5): 93,
}  # fmt: skip


def build(n: int = 2, m: int = 2, p: int = 2) -> Task:
    """Returns the task of multiplying an n x m by an m x p matrix.

    Raises:
        TaskError: There are no such matrices, or they are too large.
    """
    for name, side in (("n", n), ("m", m), ("p", p)):
        if type(side) is not int or not 1 <= side <= LARGEST_SIDE:
            raise TaskError(f"matmul: {name}: expected a number from 1 to {LARGEST_SIDE}, found {side!r}")
    known = SMALLEST_KNOWN.get(tuple(sorted((n, m, p))))
    judge = judged(lambda value: construction(value, Shape(n, m, p)))
    return Task(
        name="matmul",
        specification=own_specification(__package__),
        training=constructing("construct", [n, m, p], judge),
        training_data=f"<{n},{m},{p}>",
        baselines=known_figures(
            {"schoolbook": -n * m * p, "smallest known (published)": None if known is None else -known}
        ),
        show=lambda score: f"{-score:.0f}",
        figure=f"products for <{n},{m},{p}>",
        figure_of=lambda score: -score,
        construction=judge,
    )
