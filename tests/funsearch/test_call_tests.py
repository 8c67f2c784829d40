"""Cases become calls by name, as far as JSON carries them."""

import math

import pytest

from evaluators.cases import Case
from funsearch.call_tests import call_tests
from tool_bank import ToolTest


def test_arguments_get_their_names_and_tuples_become_lists():
    case = Case((1, ("a", [2.5])), {"k": (1, 2)}, "consensus", hidden=True)
    assert call_tests([case], ["x", "y"]) == [
        ToolTest({"x": 1, "y": ["a", [2.5]]}, {"k": [1, 2]}, "consensus", hidden=True)
    ]


@pytest.mark.parametrize("value", [{1}, b"x", math.inf, math.nan, {1: 2}, "\ud800", object(), [{"a": {1}}]])
def test_what_json_does_not_carry_is_left_out(value):
    good = Case((1,), 1, "example")
    found = call_tests([Case((value,), 1, "example"), good, Case((1,), value, "example")], ["x"])
    assert found == [ToolTest({"x": 1}, 1, "example")]


def test_lists_in_any_order_are_left_out():
    cases = [Case((1,), [1, 2], "example"), Case((2,), [3], "example")]
    assert [test.expected for test in call_tests(cases, ["x"], any_order=True)] == [[3]]
    assert len(call_tests(cases, ["x"])) == 2
