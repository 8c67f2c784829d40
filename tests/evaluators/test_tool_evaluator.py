"""Programs are scored by the cases that they meet, in stages; only visible failures are told."""

import pytest

from evaluators.cases import Case, TestSuite
from evaluators.tool_evaluator import FAST_CASES, ToolEvaluator
from programs import ToolSpecification

SPECIFICATION = ToolSpecification(
    "f", "doubles a number", signature="(x: int) -> int", examples=("f(1) == 2",)
)
EXAMPLE = Case((1,), 2, "example", "examples")
CASES = (EXAMPLE, *(Case((n,), 2 * n, "reference", "small" if n < 20 else "large") for n in range(2, 42)))
RIGHT = "def f(x):\n    return 2 * x\n"


def evaluator(box, cases=CASES, specification=SPECIFICATION):
    return ToolEvaluator(box, specification, TestSuite(tuple(cases)), call_seconds=0.2)


def test_a_right_program_earns_one_and_no_feedback(box):
    evaluation = evaluator(box).evaluate(RIGHT)
    assert evaluation.score == 1.0
    assert evaluation.scores_per_test == {"examples": 1.0, "large": 1.0, "small": 1.0}
    assert evaluation.feedback == ""
    assert evaluation.integrity == "verified"
    assert evaluation.measures == {"executions": 41.0}


def test_a_program_that_fails_an_example_is_not_asked_further(box):
    evaluation = evaluator(box).evaluate("def f(x):\n    return x\n")
    assert evaluation.score == 0.0
    assert evaluation.measures == {"executions": 1.0}
    assert evaluation.feedback == "f(1) returned 1; expected 2"


def test_a_program_that_fails_the_telling_cases_keeps_what_it_earned(box):
    evaluation = evaluator(box).evaluate("def f(x):\n    return 2 if x == 1 else 0 * x\n")
    assert evaluation.score == pytest.approx(1 / 41)
    assert evaluation.measures == {"executions": 1.0 + FAST_CASES}
    assert evaluation.feedback.splitlines()[-1] == "... and 1 more of 6 cases"


def test_a_program_that_meets_more_stands_higher(box):
    scored = evaluator(box)
    scores = [
        scored.evaluate(f"def f(x):\n    return 2 * x if x < {n} else 0\n").score for n in (1, 6, 30, 40, 99)
    ]
    assert scores == sorted(set(scores))


def test_a_process_that_dies_late_keeps_what_was_earned(box):
    late = evaluator(box).evaluate("def f(x):\n    return 2 * x if x < 30 else 'x' * (20 << 20)\n")
    assert late.score == pytest.approx(21 / 41)  # the last stage, from 22 on, is lost
    assert "exceeded" in late.feedback  # the memory or the output, whichever is first
    early = evaluator(box).evaluate("def f(x):\n    return 'x' * (20 << 20)\n")
    assert not early.is_valid


def test_hidden_cases_are_neither_scored_nor_told(box):
    hidden = Case((7,), "secret", "reference", hidden=True)
    evaluation = evaluator(box, [EXAMPLE, hidden]).evaluate(RIGHT)
    assert evaluation.score == 1.0
    assert "secret" not in evaluation.feedback
    seen = evaluator(box, [EXAMPLE, Case((7,), "secret", "reference")]).evaluate(RIGHT)
    assert "secret" in seen.feedback
    with pytest.raises(ValueError, match="at least one visible test case"):
        evaluator(box, [hidden])


def test_refused_programs_never_run(box):
    evaluation = evaluator(box).evaluate("def f(x):\n    return 2\n")
    assert not evaluation.is_valid
    assert evaluation.feedback == "it never reads its parameter 'x'"


def test_a_value_that_lies_does_not_pass(box):
    lying = "class Yes:\n    __eq__ = lambda s, o: True\n    __repr__ = lambda s: '2'\ndef f(x):\n    return Yes() if x else x\n"
    assert evaluator(box).evaluate(lying).score == 0.0
    assert evaluator(box).evaluate("def f(x):\n    return True if x == 1 else x\n").score == 0.0


def test_changed_arguments_are_told_and_cost_nothing(box):
    specification = ToolSpecification("f", "counts the items", signature="(x: list[int]) -> int")
    cases = [Case(([1, 2],), 2, "reference"), Case(([],), 0, "reference")]
    source = "def f(x):\n    n = len(x)\n    x.clear()\n    return n\n"
    evaluation = evaluator(box, cases, specification).evaluate(source)
    assert evaluation.score == 1.0
    assert evaluation.feedback == "It changes its arguments in place; it must work on copies."


def test_feedback_stays_short_and_on_its_lines_whatever_a_program_answers(box):
    bodies = (
        "return 1 << (60000 + x)",
        "return 'x' * 9999 + str(x)",
        "raise ValueError('a\\n\\ud800' * 99 + str(x))",
    )
    for body in bodies:
        feedback = evaluator(box).evaluate(f"def f(x):\n    {body}\n").feedback
        assert len(feedback.splitlines()) == 1
        assert len(feedback) < 400
        feedback.encode()


def test_order_matters_unless_the_specification_says_otherwise(box):
    cases = [Case((1,), [1, 2], "reference")]
    source = "def f(x):\n    return [2, x]\n"
    for any_order, score in ((False, 0.0), (True, 1.0)):
        specification = ToolSpecification(
            "f", "gives two numbers", signature="(x: int) -> list", any_order=any_order
        )
        assert evaluator(box, cases, specification).evaluate(source).score == score
