"""Evaluations are finite or invalid; a specification's own word is marked as such."""

import math

import pytest

from evaluators import Evaluation, SpecificationEvaluator
from sandbox import Outcome
from sandbox.scripted import ScriptedSandbox


def scoring(answer, inputs=(3, 4)):
    box = ScriptedSandbox(lambda source, function, arguments: answer(*arguments))
    return SpecificationEvaluator(box, "evaluate", inputs).evaluate("source")


def test_the_score_is_the_mean_over_the_inputs_and_the_signature_tells_them_apart():
    evaluation = scoring(lambda n: n * 2)
    assert evaluation.score == 7.0
    assert evaluation.signature == (6.0, 8.0)
    assert evaluation.integrity == "in-process"


@pytest.mark.parametrize("answer", [2**1024 - 1, "9", None, True, [1], {"score": 3}])
def test_a_score_that_is_no_number_makes_the_program_invalid(answer):
    evaluation = scoring(lambda n: answer)
    assert not evaluation.is_valid
    assert "finite number" in evaluation.feedback


def test_a_failing_run_function_is_told_of():
    evaluation = scoring(lambda n: 1 / 0)
    assert not evaluation.is_valid
    assert "ZeroDivisionError" in evaluation.feedback


def test_a_death_is_told_of():
    box = ScriptedSandbox({"source": Outcome("timed_out", error="after 30 s")})
    evaluation = SpecificationEvaluator(box, "evaluate", [1]).evaluate("source")
    assert evaluation.feedback == "timed_out: after 30 s"


def test_scores_that_are_finite_but_whose_sum_is_not_still_have_a_mean():
    assert scoring(lambda n: 1.7e308).score == 1.7e308


def test_equal_inputs_are_tests_of_their_own():
    assert scoring(lambda n: n, inputs=(8, 8)).signature == (8.0, 8.0)


def test_inputs_are_asked_for():
    with pytest.raises(ValueError, match="inputs"):
        SpecificationEvaluator(ScriptedSandbox({}), "evaluate", [])


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_an_evaluation_is_never_infinite(score):
    with pytest.raises(ValueError, match="finite"):
        Evaluation(score=score)
    with pytest.raises(ValueError, match="finite"):
        Evaluation(score=1.0, scores_per_test={"a": score})
