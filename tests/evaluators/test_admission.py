"""Admission: what a winner must show on cases that it was not chosen by."""

import pytest

from evaluators.admission import admit
from evaluators.cases import Case, TestSuite
from programs import ToolSpecification

WANTED = ToolSpecification(
    "letters", "Lists the different letters of a text.", "(text: str) -> list[str]", ["f('aa') == ['a']"]
)
SORTED = "def letters(text):\n    return sorted(set(text))\n"
WORDS = ("pear", "plum", "fig", "apple", "cherry", "date", "mango", "lime", "grape", "peach")


def suite_of(words, expected=lambda word: sorted(set(word)), hidden=()):
    example = Case(("aa",), ["a"], "example", "examples")
    return TestSuite((example, *(Case((w,), expected(w), "reference", hidden=w in hidden) for w in words)))


def test_a_right_program_is_admitted_with_its_figures(box):
    found = admit(SORTED, WANTED, suite_of(WORDS, hidden=WORDS[5:]), box, 0)
    assert found.refused == ""
    assert (found.visible, found.hidden) == (1.0, 1.0)
    assert found.is_repeatable
    assert found.strength == 1.0


def test_an_order_that_hangs_on_the_hash_seed_is_found_out(box):
    program = "def letters(text):\n    return list(set(text)) if len(text) > 2 else ['a']\n"
    found = admit(program, WANTED, suite_of(WORDS), box, 0)
    assert not found.is_repeatable
    assert "hash seeds" in found.refused


def test_a_program_made_for_the_visible_cases_fails_the_hidden_ones(box):
    program = (
        f"def letters(text):\n    return sorted(set(text)) if text in {('aa', *WORDS[:5])!r} else ['a']\n"
    )
    found = admit(program, WANTED, suite_of(WORDS, hidden=WORDS[5:]), box, 0)
    assert (found.visible, found.hidden) == (1.0, 0.0)
    assert found.refused == "it passes 0% of the hidden cases, 100% of those that it was chosen by"


def test_a_failed_example_refuses_whatever_else_passes(box):
    program = "def letters(text):\n    return sorted(set(text)) if text != 'aa' else []\n"
    assert admit(program, WANTED, suite_of(WORDS), box, 0).refused == "it does not meet an example"


def test_weak_tests_are_told_as_such(box):
    program = "def letters(text):\n    if len(text) > 3:\n        return sorted(set(text))[0:26]\n    return sorted(set(text))\n"
    weak, strong = (admit(program, WANTED, suite_of(words), box, 0).strength for words in ((), WORDS))
    assert weak < 0.9
    assert weak < strong


def test_nan_is_the_same_answer_twice(box):
    wanted = ToolSpecification("gap", "Gives no number at all.", "(number: int) -> float")
    suite = TestSuite((Case((1,), float("nan"), "reference"),))
    assert admit("def gap(number):\n    return float('nan') * number\n", wanted, suite, box, 0).refused == ""


@pytest.mark.parametrize("program", ["def letters(text:\n", "raise SystemExit", "x = 1\n"])
def test_what_is_no_program_is_refused_with_the_reason(box, program):
    assert admit(program, WANTED, suite_of(WORDS), box, 0).refused
