"""Each behaviour once: twins become aliases, general tools take over special ones; in a real sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tool_bank.examples import bank_with, numeric
from tool_bank import StepRefused, Tool, ToolBank, ToolCallRefused, ToolTest

VALUES = (0, 1, -3, 7, 12, 100)


def tool(name: str, head: str, body: str, description: str = "Doubles a number.", **fields: Any) -> Tool:
    source = f"def {name}({head}):\n    return {body}\n"
    return Tool(name=name, description=description, source=source, function=name, **fields)


def cases(give: Any, name: str = "x", values: Any = VALUES, **more: Any) -> list[ToolTest]:
    return [ToolTest({name: value, **more}, give(value), "example") for value in values]


DOUBLE = tool("double", "x: int", "x * 2")
TWICE = tool("twice", "number: int", "number + number", "Gives a number times two, doubles it.",
             example_queries=("what is two times 21?",))  # fmt: skip
SCALE = tool("scale", "x: float, factor: float = 2", "x * factor", "Scales, doubles a number.")
DOUBLE_TESTS = cases(lambda x: 2 * x)
TWICE_TESTS = cases(lambda x: 2 * x, "number")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ToolBank]:
    with bank_with(tmp_path) as opened:
        yield opened


def kinds(bank: ToolBank, name: str) -> list[str]:
    return [event.kind for event in bank.events(name) if event.kind != "query added"]


def test_a_twin_becomes_an_alias_that_can_be_got_and_called_in_its_own_words(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    entry = bank.admit(TWICE, TWICE_TESTS)
    assert (entry.outcome, entry.target) == ("alias", "double")
    assert bank.names() == ["double"]
    assert bank.get("twice") == DOUBLE
    assert bank.call("twice", {"number": 21}) == 42
    (alias,) = bank.aliases("double")
    assert (alias.name, alias.renamed, alias.bound) == ("twice", {"number": "x"}, {})
    assert kinds(bank, "double") == ["added", "answers for"]
    assert kinds(bank, "twice") == ["made alias"]
    with pytest.raises(
        ToolCallRefused, match="twice, an alias of double: expected arguments number, found x"
    ):
        bank.call("twice", {"x": 21})


def test_a_twins_tests_are_inherited_and_its_requests_find_the_target(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    bank.admit(TWICE, [*TWICE_TESTS, ToolTest({"number": 8}, 16, "example")])
    assert ToolTest({"x": 8}, 16, "example") in bank.tests("double")
    assert bank._record.queries("double") == ["what is two times 21?", TWICE.description]
    assert [match.tool.name for match in bank.search("what is two times 21?")] == ["double"]
    worse = tool("double", "x: int", "x * 2 if x != 8 else 0")
    assert bank.challenge(worse).failed[0].arguments == {"x": 8}


def test_a_tool_that_differs_on_one_input_is_no_twin(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    almost = tool("almost", "x: int", "x * 2 if x != 100 else 0")
    entry = bank.admit(almost, cases(lambda x: 2 * x if x != 100 else 0))
    assert entry.outcome == "added"
    assert bank.names() == ["almost", "double"]


def test_a_tool_that_differs_only_near_the_tested_inputs_is_no_twin(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    assert bank.admit(tool("almost", "x: int", "x * 2 if x != 9 else 0"), DOUBLE_TESTS).outcome == "added"
    middle = tool("middle", "xs: list[int]", "sorted(xs)[len(xs) // 2]", "Takes the middle, the median.")
    even = "(sorted(xs)[len(xs) // 2] + sorted(xs)[(len(xs) - 1) // 2]) / 2"
    median = tool("median", "xs: list[int]", even, "Takes the median, the middle.")
    lists = [[3, 1, 2], [5], [9, 8, 1, 2, 4], [7, 7, 2], [0, 10, 20]]
    tested = cases(lambda xs: sorted(xs)[len(xs) // 2], "xs", lists)
    assert bank.admit(middle, tested).outcome == "added"
    assert bank.admit(median, tested[:1]).outcome == "added"


@pytest.mark.parametrize(
    ("head", "one", "other", "values"),
    [
        ("x: int", "x", "abs(x)", range(8)),
        ("x: float", "round(x)", "int(x + 0.5)", [0.2, 1.3, 2.7, 3.6, 4.1, 9.9]),
        ("x: str", "sum(c in 'aeiou' for c in x)", "sum(c in 'aeiouAEIOU' for c in x)",
         ["hello", "a", "sky", "aeiou", "banana", "queue"]),
        ("x: list[int]", "len(x)", "len(set(x))", [[1], [1, 2], [3, 2, 1], [4, 5, 6, 7], [1, 2, 3, 4, 5]]),
    ],
)  # fmt: skip
def test_what_the_tests_never_asked_still_tells_two_tools_apart(
    bank: ToolBank, head: str, one: str, other: str, values: Any
) -> None:
    first, second = tool("first", head, one), tool("second", head, other)
    bank.add(first)
    expected = [bank.call("first", {"x": value}) for value in values]
    tested = [ToolTest({"x": value}, given, "example") for value, given in zip(values, expected, strict=True)]
    assert bank.admit(second, tested).outcome == "added"
    assert bank.admit(tool("third", head, one, "Doubles a number."), tested).outcome == "alias", "the control"


def test_errors_outside_of_the_tests_keep_no_twins_apart(bank: ToolBank) -> None:
    loop = "__import__('functools').reduce(lambda a, b: a * b, range(1, x + 1), 1)"
    values = {n: [1, 1, 2, 6, 24, 120, 720][n] for n in range(7)}
    bank.add(tool("factorial", "x: int", loop), cases(values.__getitem__, "x", values))
    other = tool("faculty", "x: int", "__import__('math').factorial(x)")
    assert bank.admit(other, cases(values.__getitem__, "x", values)).outcome == "alias"


def test_few_or_uniform_answers_prove_no_likeness(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS[:2])
    assert bank.admit(TWICE, TWICE_TESTS[:2]).outcome == "added", "two inputs are no proof"
    positive = tool("positive", "x: int", "x > -100", "Tells whether a number is above.")
    above = tool("above", "x: int", "x > -200", "Tells whether a number is above something.")
    bank.add(positive, cases(lambda x: True))
    assert bank.admit(above, cases(lambda x: True)).outcome == "added", "always yes is no proof"


def test_yes_or_no_tools_merge_where_enough_answers_of_both_kinds_agree(bank: ToolBank) -> None:
    even = tool("even", "x: int", "x % 2 == 0", "Tells whether a number is even.")
    is_even = tool("is_even", "n: int", "not n & 1", "Tells whether a number is even, by its last bit.")
    numbers = range(12)
    bank.add(even, cases(lambda x: x % 2 == 0, "x", numbers))
    assert bank.admit(is_even, cases(lambda x: x % 2 == 0, "n", numbers)).outcome == "alias"


def test_other_defaults_are_another_behaviour(bank: ToolBank) -> None:
    bank.add(SCALE, [ToolTest({"x": x, "factor": 3}, 3 * x, "example") for x in VALUES])
    thrice = tool("grow", "x: float, factor: float = 3", "x * factor", "Scales, doubles a number.")
    entry = bank.admit(thrice, [ToolTest({"x": x, "factor": 3}, 3 * x, "example") for x in VALUES])
    assert entry.outcome == "added"


def test_a_special_case_of_a_general_tool_becomes_an_alias_with_bound_arguments(bank: ToolBank) -> None:
    bank.add(SCALE, [ToolTest({"x": 2, "factor": 3}, 6, "example")])
    assert bank.admit(DOUBLE, DOUBLE_TESTS).outcome == "alias"
    triple = tool("triple", "n: float", "n * 3", "Scales a number by three.")
    assert bank.admit(triple, cases(lambda x: 3 * x, "n")).target == "scale"
    bound = {alias.name: alias.bound for alias in bank.aliases("scale")}
    assert bound == {"double": {"factor": 2}, "triple": {"factor": 3}}
    assert bank.call("triple", {"n": 7}) == 21
    with pytest.raises(ToolCallRefused, match="unknown factor"):
        bank.call("triple", {"n": 7, "factor": 9})


def test_a_general_newcomer_takes_over_the_special_tools(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    halve = tool("halve", "x: float", "x / 2", "Halves, scales a number.")
    bank.add(halve, cases(lambda x: x / 2))
    entry = bank.admit(SCALE, [ToolTest({"x": 4, "factor": 0.5}, 2, "example")])
    assert (entry.outcome, set(entry.took_over)) == ("added", {"double", "halve"})
    assert set(bank.get("scale").generalises) == {"double", "halve"}
    assert bank.names() == ["scale"]
    assert bank.call("halve", {"x": 9}) == 4.5
    assert bank.call("double", {"x": 9}) == 18
    assert kinds(bank, "double") == ["added", "made alias"]
    assert ToolTest({"x": 7, "factor": 2}, 14, "example") in bank.tests("scale")
    assert {match.tool.name for match in bank.search("halves a number")} == {"scale"}
    bad = tool("scale", "x: float, factor: float = 2", "x * factor if factor > 1 else 0")
    assert bank.challenge(bad).outcome == "refused", "the tests of what it answers for bind its successor"


def test_a_separation_brings_the_tool_back(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    bank.admit(TWICE, TWICE_TESTS)
    assert bank.separate("twice", "they differ for texts").name == "twice"
    assert bank.names() == ["double", "twice"]
    assert bank.get("twice") == TWICE
    assert bank.call("twice", {"number": 4}) == 8
    assert bank.aliases() == []
    assert bank.tests("double") == DOUBLE_TESTS
    assert kinds(bank, "twice") == ["made alias", "separated"]
    with pytest.raises(StepRefused, match="twice: expected an alias"):
        bank.separate("twice", "again")


def test_an_alias_follows_its_target_when_that_becomes_one_itself(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    bank.admit(TWICE, TWICE_TESTS)
    bank.admit(SCALE, [ToolTest({"x": 4, "factor": 0.5}, 2, "example")])
    assert bank.get("twice").name == "scale"
    assert bank.call("twice", {"number": 21}) == 42
    assert [alias.name for alias in bank.aliases("scale")] == ["double", "twice"]


def test_the_alias_admitted_again_stays_an_alias_and_ends_where_it_behaves_otherwise(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    bank.admit(TWICE, TWICE_TESTS)
    again = tool("twice", "number: int", "2 * number")
    assert bank.admit(again, TWICE_TESTS).outcome == "alias"
    other = tool("twice", "number: int", "number * 2 if number < 10 ** 6 else -1")
    more = [*TWICE_TESTS, ToolTest({"number": 10**7}, -1, "example")]
    assert bank.admit(other, more).outcome == "succeeded"
    assert bank.names() == ["double", "twice"]
    assert bank.call("twice", {"number": 10**6}) == -1


def test_adding_a_tool_of_an_aliass_name_ends_the_alias(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    bank.admit(TWICE, TWICE_TESTS)
    bank.add(numeric("twice", "x * 3"))
    assert bank.call("twice", {"x": 2}) == 6
    assert bank.aliases() == []


def test_an_alias_cannot_be_retired_or_rolled_back_by_itself(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    bank.admit(TWICE, TWICE_TESTS)
    with pytest.raises(StepRefused, match="twice is an alias of double"):
        bank.retire("twice", "unused")
    with pytest.raises(StepRefused, match="twice is an alias of double"):
        bank.rollback("twice", "bad")
    with pytest.raises(StepRefused, match="double: expected a quarantined tool"):
        bank.release("twice", "bad")


def test_a_rollback_ends_the_aliases_that_the_version_had_got(bank: ToolBank) -> None:
    bank.add(tool("scale", "x: float", "x * 2", "Scales, doubles a number."), cases(lambda x: 2 * x))
    bank.challenge(SCALE, [ToolTest({"x": 2, "factor": 3}, 6, "example")])
    triple = tool("triple", "n: float", "n * 3", "Scales a number by three.")
    assert bank.admit(triple, cases(lambda x: 3 * x, "n")).outcome == "alias"
    bank.rollback("scale", "too wide")
    assert bank.names() == ["scale", "triple"]
    assert bank.call("triple", {"n": 2}) == 6


def test_a_newcomer_that_fails_its_own_tests_merges_with_nobody(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    entry = bank.admit(tool("treble", "x: int", "x * 3"), DOUBLE_TESTS)
    assert entry.outcome == "refused"
    assert bank.get("treble").status == "candidate"
    assert bank.aliases() == []


def test_a_name_that_is_there_is_a_matter_of_succession(bank: ToolBank) -> None:
    bank.add(DOUBLE, DOUBLE_TESTS)
    assert bank.admit(tool("double", "x: int", "x + x"), []).outcome == "succeeded"


def test_an_admitted_twin_ends_the_trial_of_a_provisional_one(bank: ToolBank) -> None:
    bank.add(tool("double", "x: int", "x * 2", status="provisional"), DOUBLE_TESTS[:1])
    bank.admit(TWICE, TWICE_TESTS)
    assert bank.get("double").status == "active"
