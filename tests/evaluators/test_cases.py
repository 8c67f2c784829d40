"""Suites are written and read without loss, and their halves hang on nothing but the inputs."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.cases import Case, TestSuite, is_hidden, with_hidden_half
from tests.evaluators.test_literals import VALUES, same

CASES = st.builds(
    Case,
    st.lists(VALUES, max_size=3).map(tuple),
    VALUES,
    st.sampled_from(["example", "reference", "consensus", "model", "relation"]),
    st.sampled_from(["examples", "edge", "small", "large", "relation"]),
    st.floats(0, 1),
    st.integers(0, 9),
    st.booleans(),
)


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(CASES, max_size=4).map(tuple),
    st.text(),
    st.lists(st.lists(VALUES, max_size=2).map(tuple), max_size=2),
)
def test_a_suite_comes_back_from_json_as_it_was(cases, abstained, refused):
    suite = TestSuite(cases, abstained, ("one",), tuple(refused))
    text = suite.to_json()
    assert "\n" not in text
    read = TestSuite.from_json(text)
    assert read.to_json() == text
    assert read.abstained == abstained
    for one, other in zip(cases, read.cases, strict=True):
        assert same([*vars(one).values()], [*vars(other).values()])


@pytest.mark.parametrize(
    "text", ["{}", "[]", "no", '{"cases": [{}], "abstained": "", "contested": [], "refused": []}']
)
def test_another_text_is_no_suite(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        TestSuite.from_json(text)


def test_a_case_is_met_by_equal_answers_only():
    case = Case((1,), [0.1 + 0.2, float("nan")], "reference")
    assert case.is_met_by([0.3, float("nan")])
    assert not case.is_met_by([float("nan"), 0.3])
    assert case.is_met_by([float("nan"), 0.3], any_order=True)
    assert not case.is_met_by((0.3, float("nan")))
    assert case.call("g") == "g(1)"


def test_about_half_of_the_inputs_are_hidden_and_no_example_ever():
    cases = [Case((n, str(n)), n, "reference") for n in range(400)]
    suite = TestSuite(with_hidden_half([*cases, *(Case((n,), n, "example") for n in range(50))]))
    assert 150 < len(suite.hidden.cases) < 250
    assert len(suite.hidden.cases) + len(suite.visible.cases) == 450
    assert {case.source for case in suite.hidden.cases} == {"reference"}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_halves_are_the_same_in_every_process(seed):
    code = (
        "from evaluators.cases import is_hidden\n"
        "print([is_hidden(({f'{n}{c}' for c in 'abcdef'}, '\\ud800')) for n in range(30)])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    own = [is_hidden(({f"{n}{c}" for c in "abcdef"}, "\ud800")) for n in range(30)]
    assert done.stdout.strip() == str(own)
    assert len(set(own)) == 2


def test_only_an_abstained_suite_is_provisional():
    assert TestSuite(abstained="too few programs").is_provisional
    assert not TestSuite().is_provisional


def test_a_suite_takes_from_another_the_inputs_that_it_lacks():
    one, other, third = Case((1,), 1, "consensus"), Case((1,), 2, "model"), Case((2,), 2, "consensus")
    joined = TestSuite((one,), contested=("f(1)",)).with_more(TestSuite((other, third)))
    assert joined == TestSuite((one, third), contested=("f(1)",))
