"""When programs agree enough."""

import pytest

from evaluators.consensus import STRICT, Demands, agreement, doubted, find_consensus
from tests.evaluators.voting import SILENT, voter

TWO = Demands(inputs=2)
PLACES = (0, 1)


def test_the_heaviest_group_with_the_same_answers_is_the_consensus():
    ours = [voter(1, 2, weight=5), voter(1, 2, weight=2)]
    found = find_consensus([voter(1, 3, weight=3), *ours], PLACES, TWO)
    assert list(found.members) == ours
    assert (found.share, found.abstained) == (0.7, "")


@pytest.mark.parametrize(
    ("voters", "demands", "why"),
    [
        ([], TWO, "no program passes all examples"),
        ([voter(1, 2, weight=9)], TWO, "1 different programs agree, expected 2 at least"),
        (
            [voter(1, 2, weight=2), voter(1, 2), voter(1, 3, weight=2)],
            TWO,
            "60% of the programs that pass the examples agree, expected 70% at least",
        ),
        ([voter(1, 2), voter(1, 2)], Demands(), "2 inputs are like the examples', expected 10 at least"),
        ([voter(*range(10))] * 4, STRICT, "4 different programs agree, expected 5 at least"),
    ],
)
def test_it_abstains_and_says_why(voters, demands, why):
    places = range(10) if demands is STRICT else PLACES
    assert find_consensus(voters, places, demands).abstained == why


def test_five_programs_are_enough_for_a_strict_consensus():
    assert find_consensus([voter(*range(10))] * 5, range(10), STRICT).abstained == ""


def test_inputs_that_are_not_compared_do_not_divide():
    assert find_consensus([voter(1, 2, 3), voter(1, 2, 4)], PLACES, TWO).abstained == ""


def test_programs_that_fail_agree_with_each_other_and_with_nobody_else():
    voters = [voter(1, ValueError()), voter(1, KeyError()), voter(1, 2)]
    assert list(find_consensus(voters, PLACES, TWO).members) == voters[:2]


def test_a_program_that_ran_out_of_time_agrees_as_far_as_it_went():
    slow = voter(1, SILENT)
    assert slow in find_consensus([slow, voter(1, 2)], PLACES, TWO).members
    assert slow not in find_consensus([slow, voter(3, 2, weight=2)], PLACES, TWO).members


def test_a_program_that_answered_little_agrees_with_nobody():
    silent = voter(1, SILENT, SILENT)
    assert silent not in find_consensus([silent, voter(1, 2, 3, weight=2)], (0, 1, 2), TWO).members


def test_agreement_is_by_weight():
    leader = voter(1, 2, weight=3)
    assert agreement([leader, voter(1, 3)], 1, leader) == 0.75


@pytest.mark.parametrize(("few", "others", "holds"), [(2, 3, False), (2, 2, True), (5, 6, True)])
def test_few_programs_are_doubted_where_more_agree_on_other_answers(few, others, holds):
    ours, theirs = [voter(1, 2)] * few, [voter(1, 3)] * others
    found = find_consensus(ours, PLACES, TWO)
    assert (doubted(found, [*ours, *theirs], PLACES).abstained == "") == holds


def test_programs_that_fail_do_not_outvote():
    ours = [voter(1, 2)] * 2
    found = find_consensus(ours, PLACES, TWO)
    assert doubted(found, [*ours, *[voter(1, ValueError())] * 9], PLACES) == found
