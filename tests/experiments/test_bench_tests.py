"""Scoring of generated tests, on a problem whose labels are known."""

import json

import pytest

from evaluators.cases import Case, TestSuite
from experiments.counting_sandbox import CountingSandbox
from experiments.problem_file import read_problems
from experiments.ranking_score import score_ranking
from experiments.reference_oracle import ReferenceOracle
from experiments.suite_scoring import Count, score_suite
from sandbox import open_sandbox

REFERENCE = "def root(n):\n    return int(n ** 0.5)\n"
LATE = "def root(n):\n    return int(n ** 0.5) if n < 50 else 7\n"
LINE = {
    "problem_id": "demo/1",
    "entry_point": "root",
    "signature": "def root(n: 'numpy.uint8') -> int:",
    "docstring": "Returns the whole root of n.",
    "examples": [["[9]", "3"], ["[9]", "4"]],
    "pool": [{"src": REFERENCE, "count": 2}, {"src": LATE, "count": 1}],
    "hidden": {
        "reference": REFERENCE,
        "contract": "    assert n >= 0",
        "mutants": [
            {"src": "def root(n):\n    return 3\n", "nonequivalent": True, "killed_by_examples": False},
            {"src": LATE, "nonequivalent": True, "killed_by_examples": False},
            {
                "src": "def root(n):\n    while True:\n        pass\n",
                "nonequivalent": True,
                "killed_by_examples": True,
            },
            {"src": REFERENCE, "nonequivalent": False, "killed_by_examples": False},
        ],
        "correct_alternatives": ["import math\ndef root(n):\n    return math.isqrt(n)\n"],
        "plausible_wrong": ["def root(n):\n    return round(n ** 0.5)\n"],
    },
}


@pytest.fixture
def problem(tmp_path):
    (tmp_path / "file.jsonl").write_text(json.dumps(LINE) + "\n\n")
    [found] = read_problems(tmp_path / "file.jsonl")
    return found


@pytest.fixture(scope="module")
def box():
    with open_sandbox("auto") as opened:
        yield opened


def suite(*pairs):
    return TestSuite(tuple(Case((n,), expected, "reference") for n, expected in pairs))


def test_a_problem_is_read_without_foreign_types_and_contradictory_examples(problem):
    assert problem.specification.signature == "(n)"
    assert problem.specification.examples == ("root(9) == 3",)
    assert problem.pool == (REFERENCE, LATE)
    assert problem.samples == (REFERENCE, REFERENCE, LATE)


def test_wrong_programs_are_noticed_and_right_ones_are_not_rejected(problem, box):
    score, missed = score_suite(problem, suite((3, 1), (9, 3), (16, 4)), box)
    assert score.mutants == Count(2, 3)
    assert score.subtle == Count(1, 2)
    assert score.correct == Count(0, 2)
    assert score.wrong == Count(1, 1)
    assert missed == [LATE]


def test_a_wrong_test_rejects_right_programs(problem, box):
    score, _ = score_suite(problem, suite((16, 5)), box)
    assert score.correct == Count(2, 2)


def test_contradictions_are_counted_on_inputs_that_the_function_is_for(problem, box):
    oracle = ReferenceOracle(problem, box)
    assert oracle.contradictions([(16,), (16,), (-1,)], [4, 5, 6]) == 1


def test_right_programs_of_the_pool_agree_on_hundreds_of_inputs(problem, box):
    assert ReferenceOracle(problem, box).right_programs() == {REFERENCE}


def test_executions_are_counted(problem, box):
    counting = CountingSandbox(box)
    ReferenceOracle(problem, counting).answers([(1,), (4,), (9,)])
    assert counting.executions == 3


@pytest.mark.parametrize(
    ("scores", "is_right", "auc", "top"),
    [
        ((3, 2, 1), (True, True, False), 1.0, True),
        ((3, 2, 1), (False, True, True), 0.0, False),
        ((2, 2, 1), (True, False, False), 0.75, True),
        ((2, 1), (True, True), None, True),
    ],
)
def test_a_ranking_is_scored_by_its_pairs(scores, is_right, auc, top):
    found = score_ranking(scores, is_right)
    assert (found.auc, found.is_top_right) == (auc, top)
