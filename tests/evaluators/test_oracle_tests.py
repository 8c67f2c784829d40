"""Tests whose answers a reference gives."""

import pytest

from evaluators import oracle_tests
from evaluators.precondition import Precondition
from evaluators.tool_runner import Answer
from programs.tool_specification import ToolSpecification

WANTED = ToolSpecification(
    "share", "Returns how often the total holds the part", "(total: int, part: int) -> int", ("f(7, 2) == 3",)
)
RIGHT = "def share(total, part):\n    return total // part\n"
NEARLY = "def share(total, part):\n    return total // part if total != 13 else 0\n"


def oracle(inputs):
    return [Answer("value", a // b) if b else Answer("error", error="ZeroDivisionError") for a, b in inputs]


@pytest.fixture
def suite(box):
    domain = Precondition(box, ["total", "part"], "total >= 0 and part >= 0")
    pool = oracle_tests.ProgramPool(box, (RIGHT, NEARLY, "def share(", "def share(total, part): return 0"))
    return oracle_tests.tests_by_oracle(WANTED, oracle, domain, 1, 60, pool)


def test_every_test_is_inside_the_precondition_and_the_oracle_says_its_answer(suite):
    assert len(suite.cases) == 60
    for case in suite.cases:
        total, part = case.arguments
        assert (total >= 0, part > 0, case.expected, case.source) == (True, True, total // part, "reference")


def test_inputs_outside_are_told(suite):
    assert suite.refused
    assert all(total < 0 or part < 0 for total, part in suite.refused)


def test_half_is_hidden(suite):
    assert 15 < len(suite.hidden.cases) < 45


def test_a_bug_that_hardly_shows_is_among_the_first_tests(suite):
    assert any(case.arguments[0] == 13 for case in suite.cases[:10])


def test_without_a_pool_the_tests_are_varied(box):
    domain = Precondition(box, ["total", "part"], "")
    found = oracle_tests.tests_by_oracle(WANTED, oracle, domain, 1, 60)
    assert {case.family for case in found.cases} == {"edge", "small", "large"}
    assert len({case.expected for case in found.cases}) > 20
