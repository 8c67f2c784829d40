"""Ranks without a reference."""

from dataclasses import replace

import pytest

from evaluators.ranking import rank
from programs import ToolSpecification
from sandbox import open_sandbox

SPAN = ToolSpecification(
    "span",
    "The difference between the greatest and the least of the numbers.",
    "(numbers: list[int]) -> int",
    ("span([3, 1, 1, 12]) == 11", "span([5, 2]) == 3"),
)
RIGHT = [
    f"def span(numbers):\n    return {body}\n"
    for body in ("max(numbers) - min(numbers)", "sorted(numbers)[-1] - sorted(numbers)[0]")
]
PASSES_THE_EXAMPLES = "def span(numbers):\n    return max(numbers) - min(numbers[1:])\n"
PASSES_ONE = "def span(numbers):\n    return numbers[0] - 2\n"
FAILS = "def span(numbers):\n    return max(numbers)\n"
CONSTANT = "def span(numbers):\n    return 0 * len(numbers)\n"
DEAF = "def span(numbers):\n    return 11\n"
NO_PROGRAM = "def span(numbers:"


@pytest.fixture(scope="module")
def box(bubblewrap):
    with open_sandbox("bubblewrap") as opened:
        yield opened


def test_examples_come_first_then_votes_then_gates(box):
    candidates = [NO_PROGRAM, DEAF, FAILS, PASSES_ONE, PASSES_THE_EXAMPLES, *RIGHT]
    ranked = [entry.source for entry in rank(SPAN, candidates, 0, box=box)]
    assert ranked[:4] == [*RIGHT, PASSES_THE_EXAMPLES, PASSES_ONE]
    assert ranked[4] == FAILS
    assert set(ranked[5:]) == {DEAF, NO_PROGRAM}


def test_a_constant_answer_speaks_against_a_program(box):
    ranked = [entry.source for entry in rank(SPAN, [CONSTANT, FAILS], 0, box=box)]
    assert ranked == [FAILS, CONSTANT]


def test_without_examples_the_votes_decide(box):
    bare = ToolSpecification("span", SPAN.description, SPAN.signature)
    assert rank(bare, [FAILS, *RIGHT], 0, box=box)[0].source in RIGHT


def test_a_program_given_twice_is_ranked_once(box):
    assert len(rank(SPAN, [FAILS, FAILS], 0, box=box)) == 1


def test_agreement_on_what_python_takes_for_another_type_says_nothing(box):
    whole = ToolSpecification(
        "whole", "Only those that are whole numbers.", "(values: list[Any]) -> list[int]",
        ("whole([1, 'a', 2.5]) == [1]", "whole(['b', 3]) == [3]"),
    )  # fmt: skip
    text = "def whole(values):\n    return [each for each in values if {}]\n"
    # Five of one mind on True, which is an int, against one; on all else they agree.
    careless = [text.format("isinstance(each, int)")] * 5
    strict = text.format("type(each) is int")
    first, second = rank(whole, [*careless, strict], 0, box=box)
    assert first.score == second.score
    shown = replace(whole, examples=(*whole.examples, "whole([True, 4]) == [4]"))
    assert rank(shown, [*careless, strict], 0, box=box)[0].source == strict


def test_of_programs_that_no_input_tells_apart_the_one_proposed_more_often_is_first(box):
    often = "def double(number):\n    return number + number\n"
    once = "def double(number):\n    return 0 if number == 77_777 else 2 * number\n"
    wanted = ToolSpecification("double", "Doubles a number.", "(number: int) -> int", ("f(2) == 4",))
    assert rank(wanted, [once, often, often, often], 0, box=box)[0].source == often
    assert rank(wanted, [often, once, once, once], 0, box=box)[0].source == once
