"""Tests that a model has written."""

from evaluators.consensus import Demands
from evaluators.proposed_tests import confirmed
from tests.evaluators.voting import voter

RIGHT = [voter(4, 6, weight=4), voter(4, 6, weight=3)]
WRONG = voter(5, 6, weight=3)
TESTS = ((0, ((2,), 4)), (1, ((3,), 7)))


def test_a_test_that_enough_voters_confirm_is_kept_with_its_quorum():
    [case] = confirmed(TESTS, [*RIGHT, WRONG], Demands())
    assert (case.arguments, case.expected, case.source) == ((2,), 4, "model")
    assert (case.quorum, case.voters) == (0.7, 2)


def test_a_test_that_too_few_voters_confirm_is_dropped():
    assert confirmed(TESTS, [*RIGHT, WRONG, WRONG], Demands()) == []


def test_one_program_confirms_nothing():
    assert confirmed(TESTS, RIGHT[:1], Demands()) == []


def test_nobody_confirms_nothing():
    assert confirmed(TESTS, [], Demands()) == []
