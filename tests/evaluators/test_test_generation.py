"""Whole suites, made without a reference."""

from collections import Counter
from dataclasses import replace

import pytest

from evaluators.cases import TestSuite
from evaluators.consensus import STRICT
from evaluators.test_generation import SuiteGenerator, generate_tests
from programs import ToolSpecification
from sandbox import open_sandbox

SPAN = ToolSpecification(
    "span",
    "The difference between the greatest and the least of the numbers.",
    "(numbers: list[int]) -> int",
    ("span([3, 1, 1, 12]) == 11", "span([5, 2]) == 3", "span([7, 8, 0]) == 8"),
)


def program(body, name="span"):
    return f"def {name}(numbers):\n    {body}\n"


RIGHT = [
    program("return max(numbers) - min(numbers)"),
    program("return sorted(numbers)[-1] - sorted(numbers)[0]"),
    program("numbers.sort()\n    return numbers[-1] - numbers[0]"),
]
# Passes the examples all the same.
SPANS = (
    "max(numbers) - min(numbers)",
    "sorted(numbers)[-1] - sorted(numbers)[0]",
    "-(min(numbers) - max(numbers))",
)
WRONG = program("return max(numbers) - min(numbers[1:])")
WORSE = program("return max(numbers)")


@pytest.fixture(scope="module")
def box(bubblewrap):
    with open_sandbox("bubblewrap") as opened:
        yield opened


@pytest.fixture(scope="module")
def suite(box):
    return generate_tests(SPAN, [*RIGHT, WRONG, WORSE], box=box, count=60)


def test_the_consensus_of_the_programs_that_pass_the_examples_makes_the_tests(suite):
    assert suite.abstained == ""
    assert all(max(case.arguments[0]) - min(case.arguments[0]) == case.expected for case in suite.cases)
    assert Counter(case.source for case in suite.cases)["consensus"] > 30


def test_every_test_tells_who_says_so(suite):
    for case in suite.cases:
        if case.source == "example":
            assert (case.quorum, case.voters, case.hidden) == (1.0, 0, False)
        else:
            assert case.quorum >= 0.75
            assert case.voters >= 3


def test_no_input_is_unlike_the_examples(suite):
    assert all(case.arguments[0] and min(case.arguments[0]) >= 0 for case in suite.cases)


def test_about_half_of_the_tests_are_hidden(suite):
    assert 0.25 <= len(suite.hidden.cases) / len(suite.cases) <= 0.75


def test_the_first_visible_tests_tell_the_wrong_programs_from_the_right_ones(suite):
    fast = [case for case in suite.visible.cases if case.source != "example"][:5]
    assert any(max(n) - min(n[1:] or n) != case.expected for case in fast for n in case.arguments)
    assert any(max(n) != case.expected for case in fast for n in case.arguments)


def test_what_all_members_keep_gives_tests_of_relations(suite):
    assert any(case.source == case.family == "relation" for case in suite.cases)


def test_the_same_seed_makes_the_same_suite(box, suite):
    assert generate_tests(SPAN, [*RIGHT, WRONG, WORSE], box=box, count=60) == suite


def test_a_suite_survives_its_own_text(suite):
    assert TestSuite.from_json(suite.to_json()) == suite


def test_it_abstains_where_the_voters_disagree(box):
    found = generate_tests(SPAN, [*RIGHT[:1], WRONG], box=box, count=30)
    assert found.is_provisional
    assert [case.source for case in found.cases] == ["example"] * 3


def test_weight_decides_where_programs_are_few(box):
    found = generate_tests(SPAN, [*RIGHT[:2] * 2, WRONG], box=box, count=30)
    assert not found.is_provisional


def test_few_programs_are_doubted_where_more_wrong_ones_agree_on_another_answer(box):
    odd = [
        program("return max(numbers) - min(numbers) if numbers[0] % 2 else -1"),
        program("return sorted(numbers)[-1] - sorted(numbers)[0] if numbers[0] % 2 else -1"),
    ]
    # These fail an example and are right where the first number is even.
    even = [program(f"return {each} if numbers[0] != 7 else 0") for each in SPANS]
    outvoted = generate_tests(SPAN, [*odd, *even], box=box, count=60)
    believed = generate_tests(SPAN, [*odd, *even[:1]], box=box, count=60)
    assert outvoted.abstained.startswith("only 2 different programs agree, and on ")
    assert believed.abstained == ""


def test_a_strict_suite_asks_for_five_programs(box):
    found = SuiteGenerator(box, 30, STRICT).generate(SPAN, RIGHT)
    assert found.abstained == "3 different programs agree, expected 5 at least"


def test_without_an_example_nobody_votes(box):
    bare = ToolSpecification("span", SPAN.description, SPAN.signature)
    assert generate_tests(bare, RIGHT, box=box).abstained.startswith("no example is given")


def test_a_program_that_never_reads_its_parameter_does_not_vote(box):
    deaf = ToolSpecification("span", "always the answer", "(numbers: list[int]) -> int", ("f([1]) == 42",))
    candidates = [program("return 42"), program("return 6 * 7")]
    assert generate_tests(deaf, candidates, box=box, count=30).abstained == "no program passes all examples"


def test_inputs_outside_the_precondition_make_no_tests(box):
    narrow = ToolSpecification(
        "span", SPAN.description, SPAN.signature, SPAN.examples, precondition="len(numbers) < 5"
    )
    found = generate_tests(narrow, RIGHT, box=box, count=60)
    assert all(len(case.arguments[0]) < 5 for case in found.cases)
    assert found.refused
    assert all(len(arguments[0]) >= 5 for arguments in found.refused)


def test_an_empty_input_makes_a_test_where_the_description_tells_what_it_gives(box):
    careful = [program(f"return ({each}) if numbers else None") for each in SPANS]
    described = replace(SPAN, signature="(numbers: list[int]) -> int | None")
    told = replace(described, description=f"{SPAN.description} Returns None where the list is empty.")
    untold = replace(described, description=f"{SPAN.description} The list may be empty.")
    suites = [generate_tests(each, careful, box=box, count=60) for each in (told, untold)]
    empty = [[case.expected for case in suite.cases if case.arguments == ([],)] for suite in suites]
    assert empty == [[None], []]


def test_proposed_tests_count_where_the_voters_confirm_them(box):
    proposed = [(([9, 2, 4],), 7), (([9, 2, 5],), 4), (("nine",), 9), ((), 1), (([2, 4],), 2j)]
    found = generate_tests(SPAN, RIGHT, box=box, count=60, proposed=proposed)
    assert [case.arguments for case in found.cases if case.source == "model"] == [([9, 2, 4],)]


def test_an_example_that_five_programs_contradict_is_contested(box):
    faulty = ToolSpecification(
        "span", SPAN.description, SPAN.signature, (*SPAN.examples, "span([2, 4]) == 3")
    )
    candidates = [*RIGHT, program("return -(min(numbers) - max(numbers))"),
                  program("return max(a - b for a in numbers for b in numbers)")]  # fmt: skip
    found = generate_tests(faulty, candidates, box=box, count=30)
    assert found.contested == ("span([2, 4]) == 3: 5 programs agree on 2",)
    assert [case.expected for case in found.cases] == [11, 3, 8, 3]
