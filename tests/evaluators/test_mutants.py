"""Programs with one small bug each, and how many of them a suite notices."""

import ast

import pytest

from evaluators.cases import Case, TestSuite
from evaluators.mutants import mutants_of
from evaluators.self_mutation import self_mutation_score
from programs.tool_specification import ToolSpecification

SOURCE = '''
def half(number):
    """Halves numbers < 3 - not a bug to plant."""
    if number < 10 and not number == 4:
        return number // 2
    return [number, 7][1:]
'''
TWICE = "def twice(n):\n    if n < 0:\n        return -1\n    return n * 2\n"
WANTED = ToolSpecification("twice", "Doubles a number", "(n: int) -> int", precondition="-50 < n < 50")


@pytest.mark.parametrize(
    "bug",
    [
        "number <= 10", "number > 10", "number != 4", " or ", "number < 11", "number < 9", "number / 2",
        "[number, 8]", "[number, 7][:]", "[number, 7][2:]", "if number < 10:", "if not (number < 10 and",
        "and number == 4", "return number % 2", "if True:",
    ],
)  # fmt: skip
def test_each_kind_of_small_bug_is_planted(bug):
    assert any(bug in mutant for mutant in mutants_of(SOURCE, "half", 1, 1000))


def test_mutants_are_different_programs_that_parse():
    found = mutants_of(SOURCE, "half", 1, 1000)
    assert len(found) == len(set(found)) > 20
    original = ast.unparse(ast.parse(SOURCE.replace('"""Halves numbers < 3 - not a bug to plant."""', "")))
    assert original not in found
    for mutant in found:
        ast.parse(mutant)


def test_the_seed_chooses_among_the_mutants():
    assert mutants_of(SOURCE, "half", 1, 5) == mutants_of(SOURCE, "half", 1, 5)
    assert mutants_of(SOURCE, "half", 1, 5) != mutants_of(SOURCE, "half", 2, 5)
    assert len(mutants_of(SOURCE, "half", 1, 5)) == 5


def test_what_is_no_program_has_no_mutants():
    assert mutants_of("def half(", "half", 1, 5) == []
    assert mutants_of("x = 1", "half", 1, 5) == []


def suite(*numbers):
    return TestSuite(tuple(Case((n,), -1 if n < 0 else 2 * n, "reference") for n in numbers))


def test_a_suite_that_looks_at_the_boundary_notices_every_bug(box):
    assert self_mutation_score(TWICE, WANTED, suite(-2, -1, 0, 1, 5), box, 1) == 1.0


def test_a_suite_that_looks_nowhere_near_misses_bugs(box):
    score = self_mutation_score(TWICE, WANTED, suite(2), box, 1)
    assert score is not None
    assert score < 0.8


def test_mutants_that_are_equal_to_the_program_do_not_count(box):
    padded = "def twice(n):\n    if n == 1000:\n        return 2000\n    return n * 2 if n >= 0 else -1\n"
    assert self_mutation_score(padded, WANTED, suite(-2, -1, 0, 1, 5), box, 1) == 1.0


def test_a_program_without_mutants_has_no_score(box):
    assert self_mutation_score("def twice(n):\n    pass\n", WANTED, suite(1), box, 1) is None
