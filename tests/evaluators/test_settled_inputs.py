"""Inputs that are only nearly like the examples' and make tests all the same."""

import pytest

from evaluators.consensus import Demands
from evaluators.implied_domain import ImpliedDomain
from evaluators.questions import Questions
from evaluators.settled_inputs import settled
from programs import ToolSpecification
from tests.evaluators.voting import SILENT, voter

NUMBERS = [(5, 2, 7), (3, 2, 4)]
TURNED, BELOW = (2, 5, 7), (1, 1, 1)
LISTS = [([3, 1, 1],), ([4, 4],)]


def places_settled(voters, inputs, examples, description="any words"):
    """Returns which of the inputs, all of them near, are settled."""
    domain = ImpliedDomain(examples, description)
    assert {domain.likeness(each) for each in inputs} == {"near"}
    questions = Questions(tuple(inputs), range(0), (), (), tuple(range(len(inputs))), domain)
    return settled(ToolSpecification("f", description), questions, voters, Demands())


def voters_saying(*counts):
    """Returns for each pair of an answer and a number so many voters that give it."""
    return [voter(answer) for answer, count in counts for _ in range(count)]


@pytest.mark.parametrize(
    ("counts", "holds"),
    [
        pytest.param([(8, 5)], True, id="many, all the same"),
        pytest.param([(8, 4)], False, id="few"),
        pytest.param([(8, 17), (9, 1)], True, id="one of many differs"),
        pytest.param([(8, 8), (9, 1)], False, id="one of few differs"),
        pytest.param([(8, 17), (ValueError(), 1)], False, id="one refuses"),
        pytest.param([(8, 17), (SILENT, 1)], False, id="one says nothing"),
    ],
)
def test_numbers_in_another_order_are_settled_where_hardly_one_of_many_programs_differs(counts, holds):
    assert places_settled(voters_saying(*counts), [TURNED], NUMBERS) == ((0,) if holds else ())


def test_many_copies_of_one_program_outweigh_nobody():
    voters = [voter(8, weight=90), *voters_saying((8, 5), (9, 1))]
    assert places_settled(voters, [TURNED], NUMBERS) == ()


def test_numbers_that_are_near_in_any_order_are_not_settled():
    assert places_settled(voters_saying((8, 9)), [BELOW], NUMBERS) == ()
    assert places_settled(voters_saying((8, 9)), [TURNED], NUMBERS) == (0,)


@pytest.mark.parametrize(
    ("description", "answer", "holds"),
    [
        ("Returns None for an empty list.", None, True),
        ("Returns None for an empty list.", 0, False),
        ("The list may be empty.", None, False),
    ],
)
def test_an_empty_input_is_settled_where_the_programs_answer_as_the_description_tells(
    description, answer, holds
):
    settling = places_settled(voters_saying((answer, 2)), [([],)], LISTS, description)
    assert settling == ((0,) if holds else ())


def test_what_the_description_tells_needs_the_share_of_a_consensus():
    description = "Returns None for an empty list."
    assert places_settled(voters_saying((None, 7), (0, 3)), [([],)], LISTS, description) == (0,)
    assert places_settled(voters_saying((None, 6), (0, 4)), [([],)], LISTS, description) == ()
