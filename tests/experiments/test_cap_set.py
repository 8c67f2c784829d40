"""Cap sets: known sizes reproduced, every answer judged outside, dimensions by --inputs."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest

from evaluators.evaluation import STRUCTURE
from experiments.greedy_sets.priority_evaluator import PriorityEvaluator
from experiments.tasks.cap_set.caps import all_vectors, cap_case, is_cap_set
from experiments.tasks.cap_set.task import build
from funsearch.exceptions import TaskError
from funsearch.task_loading import load_task
from sandbox import Outcome
from sandbox.scripted import ScriptedSandbox

SOURCE = "def priorities(n):\n    return None\n"


def evaluated(answer, dimensions=(3, 4)):
    box = ScriptedSandbox(lambda source, name, arguments: answer(*arguments))
    return PriorityEvaluator(box, [cap_case(n) for n in dimensions]).evaluate(SOURCE)


@pytest.mark.parametrize("n", range(1, 8))
def test_the_zero_priority_gives_the_published_sizes(n):
    case = cap_case(n)
    assert case.size(case.taken(np.zeros(3**n))) == 2**n


def test_lines_and_repeated_vectors_are_no_cap_sets():
    assert is_cap_set(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]))
    assert not is_cap_set(np.array([[0, 0], [0, 1], [0, 2]]))
    assert not is_cap_set(np.array([[0, 1], [1, 2], [2, 0]]))
    assert not is_cap_set(np.array([[0, 1], [0, 1]]))


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_what_an_exhaustive_check_of_lines_allows(seed):
    vectors, priorities = all_vectors(3), np.random.default_rng(seed).integers(0, 4, 27).astype(float)
    taken = []
    for _, number in sorted(zip(-priorities, range(27), strict=True)):
        vector = vectors[number]
        if not any(((a + b + vector) % 3 == 0).all() for a, b in itertools.combinations(taken, 2)):
            taken.append(vector)
    assert len(cap_case(3).taken(priorities)) == len(taken)


def test_infinities_are_priorities_and_minus_infinity_keeps_a_vector_out():
    priorities = np.zeros(9)
    priorities[0], priorities[4] = -np.inf, np.inf
    anything_goes = replace(cap_case(2), rules_out=lambda number, taken: np.array([number]))
    assert anything_goes.taken(priorities) == [4, 1, 2, 3, 5, 6, 7, 8]


def test_each_dimension_is_a_test_and_the_score_their_mean():
    evaluation = evaluated(lambda n: np.zeros(3**n))
    assert evaluation.scores_per_test == {"n=3": 8.0, "n=4": 16.0}
    assert evaluation.score == 12.0
    assert evaluation.integrity == "verified"


def test_sets_of_one_size_are_told_apart_by_their_structure():
    def structure(priorities):
        return evaluated(lambda n: priorities, (3,)).measures[STRUCTURE]

    zero, other = np.zeros(27), np.arange(27.0)
    assert evaluated(lambda n: zero, (3,)).score == evaluated(lambda n: other, (3,)).score == 8
    assert structure(zero) == structure(zero + 1) != structure(other)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda n: np.full(3**n, np.nan), "NaN"),
        (lambda n: np.zeros(3**n - 1), r"\(26,\)"),
        (lambda n: np.zeros((3**n, 1)), r"\(27, 1\)"),
        (lambda n: np.zeros(3**n, dtype=np.int64), "int64"),
        (lambda n: [0.0] * 3**n, "found list"),
        (lambda n: 112, "found int"),
        (lambda n: 1 // 0, "ZeroDivisionError"),
    ],
)
def test_an_answer_that_is_not_one_number_per_vector_makes_the_program_invalid(answer, why):
    evaluation = evaluated(answer)
    assert not evaluation.is_valid
    assert re.search(why, evaluation.feedback)


def test_a_death_in_the_sandbox_makes_the_program_invalid():
    box = ScriptedSandbox({SOURCE: Outcome("timed_out", error="no more")})
    assert PriorityEvaluator(box, [cap_case(3)]).evaluate(SOURCE).feedback.startswith("timed_out")


def test_the_task_stands_beside_the_zero_priority_and_the_largest_known():
    assert [baseline.training for baseline in build().baselines] == [64, 112]
    assert [baseline.training for baseline in load_task("cap_set", (4, 5)).baselines] == [24, 32.5]


@pytest.mark.parametrize("inputs", [(0,), (10,), (True,), (4.0,), ("4",), (4, 4), ([4],)])
def test_inputs_that_are_no_different_dimensions_are_refused(inputs):
    with pytest.raises(TaskError, match=r"cap_set: .*expected"):
        load_task("cap_set", inputs)
