"""The examples before the votes."""

import pytest

from evaluators.example_gate import gate, share_passed
from programs import ToolSpecification
from tests.evaluators.voting import voter

DOUBLE = ToolSpecification("double", "twice the number", "(n: int) -> int", ("f(1) == 2", "f(2) == 4"))
PLACES = (0, 1)


def test_only_programs_that_pass_every_example_vote():
    right = voter(2, 4)
    assert gate(DOUBLE, [voter(2, 5), right, voter(2, ValueError())], PLACES).passed == (right,)


def test_an_example_that_many_programs_contradict_is_contested_and_stays():
    many = [voter(2, 5)] * 5
    found = gate(DOUBLE, [*many, voter(2, 4)], PLACES)
    assert found.contested == ("f(2) == 4: 5 programs agree on 5",)
    assert len(found.passed) == 1


def test_few_programs_contest_nothing():
    assert gate(DOUBLE, [voter(2, 5)] * 4, PLACES).contested == ()


def test_programs_that_those_who_pass_outweigh_contest_nothing():
    assert gate(DOUBLE, [*[voter(2, 5)] * 5, voter(2, 4, weight=6)], PLACES).contested == ()


def test_programs_that_fail_contest_nothing():
    assert gate(DOUBLE, [voter(ValueError(), 5)] * 5, PLACES).contested == ()


def test_the_share_of_the_examples_that_a_program_passes():
    assert share_passed(DOUBLE, voter(2, 5), PLACES) == 0.5
    assert share_passed(ToolSpecification("double", "twice the number"), voter(), ()) == 1.0


@pytest.mark.parametrize(("any_order", "passing"), [(True, 1), (False, 0)])
def test_order_matters_unless_the_specification_says_otherwise(any_order, passing):
    wanted = ToolSpecification(
        "f", "the divisors", "(n: int) -> list[int]", ("f(2) == [1, 2]",), any_order=any_order
    )
    assert len(gate(wanted, [voter([2, 1], any_order=any_order)], (0,)).passed) == passing
