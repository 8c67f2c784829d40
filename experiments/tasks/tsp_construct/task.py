"""The travelling salesman, city by city: evolves `select_next_node`.

Starts from nearest neighbour, written out with other terms at weight 0. Trains on ReEvo's 64 training
instances of 50 cities; its test set of 50 cities is held out. `--data test100` (or test20, test50, val50,
train50) scores on one set. Published gaps on the test sets of 50 and 100 cities: nearest neighbour 23.0 and
24.6 %, AEL 11.2 and 11.0 %, ReEvo 11.1 and 10.6 % (Ye et al., NeurIPS 2024). Ours are beside the shortest
tours that LKH finds (data/README.md), which is stricter: nearest neighbour has 23.3 and 25.1 %.
"""

from __future__ import annotations

from experiments.task_parts import own_specification
from experiments.tasks.tsp_construct.instances import ORDER, instances
from experiments.tasks.tsp_construct.scoring import TourEvaluator
from funsearch.exceptions import TaskError
from funsearch.task import Baseline, Task

SETS = tuple(name for name, _ in ORDER)
PUBLISHED = {
    "test50": {"nearest neighbour": 23.0, "AEL": 11.2, "ReEvo": 11.1},
    "test100": {"nearest neighbour": 24.6, "AEL": 11.0, "ReEvo": 10.6},
}


def build(data: str | None = None) -> Task:
    """Returns the task on one of ReEvo's sets, or training on one and held out on another.

    Raises:
        TaskError: There is no such set.
    """
    if data is not None and data not in SETS:
        raise TaskError(f"tsp_construct: data: expected one of {', '.join(SETS)}, found {data!r}")
    training, held_out = (
        (instances("train50"), instances("test50")) if data is None else (instances(data), None)
    )
    published = PUBLISHED.get("test50" if data is None else data, {})
    return Task(
        name="tsp_construct",
        specification=own_specification(__package__),
        training=lambda box: TourEvaluator(box, training),
        training_data=training.name,
        held_out=None if held_out is None else lambda box: TourEvaluator(box, held_out),
        held_out_data="" if held_out is None else held_out.name,
        baselines=tuple(
            Baseline(f"{name} (published)", *((None, -gap) if data is None else (-gap, None)))
            for name, gap in published.items()
        ),
        show=lambda score: f"{-score:.2f} %",
        figure="gap to the shortest known tours",
        figure_of=lambda score: -score,
    )
