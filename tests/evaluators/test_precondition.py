"""A predicate of a tool's inputs, evaluated where programs run."""

import pytest

from evaluators.precondition import Precondition
from programs.tool_specification import ToolSpecification


def test_an_expression_says_which_inputs_hold(box):
    assert Precondition(box, ["n"], "n > 2").holds([(1,), (3,), (2,)]) == [False, True, False]


def test_what_raises_does_not_hold(box):
    assert Precondition(box, ["text"], "text[0] == 'a'").holds([("",), ("ab",)]) == [False, True]


def test_statements_hold_where_none_raises(box):
    contract = "\n    assert n > 0, 'invalid'\n    for digit in str(n):\n        assert digit != '7'\n"
    assert Precondition(box, ["n"], contract).holds([(1,), (17,), (-1,)]) == [True, False, False]


@pytest.mark.parametrize("nothing", ["", "  \n ", None])
def test_without_a_predicate_every_input_holds(box, nothing):
    assert Precondition(box, ["n"], nothing).holds([(1,), (2,)]) == [True, True]


def test_a_truthy_value_holds_and_an_empty_one_does_not(box):
    assert Precondition(box, ["entries"], "entries").holds([([1],), ([],)]) == [True, False]


def test_a_predicate_that_ends_its_process_or_never_ends_holds_nowhere(box):
    hostile = "import os\nif n == 1:\n    os._exit(0)\n"
    assert Precondition(box, ["n"], hostile).holds([(1,)]) == [False]
    assert Precondition(box, ["n"], hostile).holds([(2,)]) == [True]
    endless = "while n == 1:\n    pass"
    assert Precondition(box, ["n"], endless).holds([(1,), (2,)]) == [False, True]


def test_one_input_that_ends_the_process_costs_few_others(box):
    hostile = "import os\nif n == 1:\n    os._exit(0)\n"
    held = Precondition(box, ["n"], hostile).holds([(n,) for n in range(600)])
    assert 400 < sum(held) < 600


def test_a_specification_has_its_precondition(box):
    wanted = ToolSpecification("root", "Returns the root", "(n: int) -> float", precondition="n >= 0")
    assert Precondition.of(wanted, box).holds([(0,), (-1,)]) == [True, False]


def test_text_that_is_no_python_is_refused(box):
    with pytest.raises(ValueError, match=r"precondition 'n >': expected Python"):
        Precondition(box, ["n"], "n >")
