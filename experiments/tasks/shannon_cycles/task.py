"""Shannon capacity of cycles: evolves `priority(el, num_nodes, n)` for independent sets in C_m^n.

`--set m=7 n=5` names the graph. Starts from the zero priority, as FunSearch did, which gives
floor(m / 2) ** n. Largest known: 367 in C_7^5 (Polak and Schrijver 2019; found by FunSearch too), 81, 324,
1458 in C_9^3 to C_9^5 (Matthew and Ostergard 2016), 754 in C_11^4 (FunSearch: Romera-Paredes et al., Nature
625, 2024, and its published programs). No data are held out: the set itself is the result. A construction is
a list of vectors.
"""

from __future__ import annotations

from experiments.constructions.judging import judged
from experiments.greedy_sets.priority_evaluator import PriorityEvaluator
from experiments.task_parts import known_figures, own_specification
from experiments.tasks.shannon_cycles.cycles import MOST_VECTORS, construction, cycle_case
from funsearch.exceptions import TaskError
from funsearch.task import Task

LARGEST_KNOWN = {
    (7, 3): 33,
    (7, 4): 115,
    (7, 5): 367,
    (9, 3): 81,
    (9, 4): 324,
    (9, 5): 1458,
    (9, 6): 6561,
    (11, 4): 754,
}


def build(m: int = 7, n: int = 4) -> Task:
    """Returns the task of C_m^n.

    Raises:
        TaskError: There is no such graph, or its vectors are too many.
    """
    _check(m, n)
    return Task(
        name="shannon_cycles",
        specification=own_specification(__package__),
        training=lambda box: PriorityEvaluator(box, [cycle_case(m, n)]),
        training_data=f"C_{m}^{n}",
        baselines=known_figures(
            {"zero priority": (m // 2) ** n, "largest known (published)": LARGEST_KNOWN.get((m, n))}
        ),
        figure=f"vectors in the independent set of C_{m}^{n}",
        construction=judged(lambda value: construction(value, m, n)),
    )


def _check(m: object, n: object) -> None:
    for name, value, least in (("m", m, 4), ("n", n, 1)):
        if type(value) is not int or value < least:
            raise TaskError(f"shannon_cycles: {name}: expected a whole number from {least}, found {value!r}")
    assert isinstance(m, int)
    assert isinstance(n, int)
    if n > 12 or m**n > MOST_VECTORS:
        raise TaskError(
            f"shannon_cycles: expected m**n of at most {MOST_VECTORS:,} vectors, found m={m}, n={n}"
        )
