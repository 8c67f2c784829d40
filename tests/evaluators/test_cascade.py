"""A cascade pays for all tests only where the cheap ones were passed."""

import pytest

from evaluators import Evaluation
from evaluators.cascade import CascadeEvaluator, Stage


class Counting:
    """Gives one evaluation and counts how often it was asked."""

    def __init__(self, score, cpu_seconds=1.0):
        self.calls = 0
        self._evaluation = Evaluation(score, {"a": score or 0.0}, "verified", "said", cpu_seconds, 100)

    def evaluate(self, source):
        self.calls += 1
        return self._evaluation


def cascade(score, full):
    return CascadeEvaluator([Stage(Counting(score), 5.0, "2 inputs")], full)


def test_a_program_that_passes_is_scored_by_all_tests_and_pays_for_both():
    full = Counting(3.0, cpu_seconds=4.0)
    evaluation = cascade(5.0, full).evaluate("source")
    assert (evaluation.score, evaluation.signature, evaluation.cpu_seconds) == (3.0, (3.0,), 5.0)


def test_a_program_below_the_threshold_is_invalid_and_costs_the_cheap_tests_only():
    full = Counting(9.0)
    evaluation = cascade(4.9, full).evaluate("source")
    assert evaluation.score is None
    assert evaluation.feedback == "2 inputs: expected a score of 5 or more to go on, found 4.9"
    assert (full.calls, evaluation.cpu_seconds) == (0, 1.0)


def test_a_program_that_fails_the_cheap_tests_says_why():
    full = Counting(9.0)
    assert cascade(None, full).evaluate("source").feedback == "2 inputs: said"
    assert full.calls == 0


def test_a_cascade_without_a_first_stage_is_refused():
    with pytest.raises(ValueError, match="found none"):
        CascadeEvaluator([], Counting(1.0))
