"""The race of many programs over few tests."""

import pytest

from evaluators.halving import race

TESTS = range(3, 203)
EXAMPLES = range(3)


def strengths(*passed):
    """Returns a judge by which program n passes the first so many tests."""
    return lambda program, test: test < passed[program]


def test_the_best_program_wins_on_a_fraction_of_the_executions():
    passed = [203 if program == 11 else 8 + program for program in range(40)]
    result = race(range(40), EXAMPLES, TESTS, strengths(*passed))
    assert result.winner == 11
    assert result.executions < 0.15 * 40 * 203


def test_one_that_passes_the_examples_alone_needs_no_more():
    result = race(range(10), EXAMPLES, TESTS, lambda program, test: program == 7)
    assert (result.winner, result.executions) == (7, 10 * 3 + 5)


def test_where_nobody_passes_the_examples_all_race_on():
    result = race(range(4), EXAMPLES, TESTS, lambda program, test: test >= 3 + program * 10)
    assert result.winner == 0


def test_programs_that_nothing_tells_apart_leave_quickly():
    result = race(range(32), EXAMPLES, TESTS, lambda program, test: True)
    assert (result.winner, result.executions) == (0, 32 * (3 + 5 + 15) + 4 * 30)


def test_a_race_ends_with_the_tests():
    result = race(range(64), EXAMPLES, range(3, 10), lambda program, test: test != program % 7 + 3)
    assert result.executions == 64 * (3 + 5) + 18 * 2  # 18 fail none of the first eight


def test_nobody_cannot_race():
    with pytest.raises(ValueError, match="expected one at least, found none"):
        race([], EXAMPLES, TESTS, lambda program, test: True)
