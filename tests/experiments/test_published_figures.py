"""Published figures come out of our evaluators: zero priorities, textbook rules, and programs as given."""

import pytest

from funsearch.scorecard import score_program
from funsearch.task_loading import load_task
from programs.program_completion import completed
from sandbox import open_sandbox

ZERO = {
    "cap_set": "def priority(el, n):\n    return 0.0\n",
    "shannon_cycles": "def priority(el, num_nodes, n):\n    return 0.0\n",
    "admissible_symmetric": "def priority(el, n, w):\n    return 0.0\n",
}
BEST_FIT = "def priority(item, bins):\n    return -(bins - item)\n"
FIRST_FIT = "def priority(item, bins):\n    return -np.arange(len(bins))\n"
NEAREST = (
    "def select_next_node_v2(current_node, destination_node, unvisited_nodes, distance_matrix):\n"
    "    return min(sorted(unvisited_nodes), key=lambda node: distance_matrix[current_node][node])\n"
)


@pytest.fixture(scope="module")
def box(bubblewrap):
    with open_sandbox("bubblewrap", packages=("numpy",)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("reference", "program", "figure"),
    [
        ("cap_set?n=3", ZERO["cap_set"], 8),
        ("cap_set?n=8", ZERO["cap_set"], 256),
        ("shannon_cycles?m=7&n=5", ZERO["shannon_cycles"], 243),
        ("admissible_symmetric?n=15&w=10", ZERO["admissible_symmetric"], 1842),
        ("bin_packing_or?data=or1", BEST_FIT, 5.81),
        ("bin_packing_or?data=or1", FIRST_FIT, 6.42),
        ("bin_packing_or?data=or3", BEST_FIT, 5.37),
        ("bin_packing_or?data=or3", FIRST_FIT, 5.74),
        ("tsp_construct?data=test50", NEAREST, 23.30),
        ("tsp_construct?data=test100", NEAREST, 25.14),
    ],
)
def test_a_figure_comes_out_to_its_last_digit(box, reference, program, figure):
    task = load_task(reference)
    evaluation = score_program(task, program, box).last
    assert round(task.figure_of(evaluation.score), 2) == figure


def test_a_program_cannot_bring_the_function_that_asks_it(box):
    forged = (
        "import numpy as np\n"
        "def priority(el, n):\n    return 0.0\n"
        "def priorities(n):\n    best = np.full(3**n, -np.inf)\n    best[[0, 1, 3, 4]] = 1\n    return best\n"
    )
    honest = score_program(load_task("cap_set?n=3"), ZERO["cap_set"], box).last.score
    assert score_program(load_task("cap_set?n=3"), forged, box).last.score == honest


@pytest.mark.parametrize(
    "answer",
    ["unvisited_nodes", "-1", "current_node", "True", "next(iter(unvisited_nodes)) + 0.5", "None", "10**9"],
)
def test_a_tour_that_leaves_out_or_repeats_a_node_is_none(box, answer):
    head = "def select_next_node(current_node, destination_node, unvisited_nodes, distance_matrix):\n"
    evaluation = score_program(
        load_task("tsp_construct?data=test20"), f"{head}    return {answer}\n", box
    ).last
    assert not evaluation.is_valid


def test_what_a_program_lacks_is_put_around_it():
    specification = load_task("cap_set").specification
    text = completed(
        specification,
        '"""Mine."""\nfrom __future__ import annotations\nK = 2\n\ndef priority(el, n):\n    return K\n',
    )
    assert text.startswith("from __future__ import annotations")
    assert text.index("import itertools") < text.index("K = 2")
    assert text.count("def priority(") == text.count("def priorities(") == 1
    compile(text, "program", "exec")
