"""Inputs that meet a precondition, however few are drawn that do."""

from evaluators.admitted_inputs import admitted_inputs
from evaluators.input_generation import InputSource
from programs.tool_specification import ToolSpecification

WANTED = ToolSpecification(
    "xor", "Adds bits of texts", "(a: str, b: str) -> str", ("f('010', '110') == '100'",)
)


def same_length(inputs):
    return [len(a) == len(b) and set(a + b) <= set("01") for a, b in inputs]


def test_inputs_inside_and_outside_are_told_apart():
    found = admitted_inputs(InputSource(WANTED, 1), same_length, 300)
    assert len(found.inside) == 300
    assert all(same_length(found.inside))
    assert found.outside
    assert not any(same_length(found.outside))
    assert len({repr(given) for given in found.inside}) == 300


def test_a_narrow_domain_is_filled_by_changing_what_is_inside():
    def narrow(inputs):
        return [a == b and len(a) > 2 for a, b in inputs]

    found = admitted_inputs(InputSource(WANTED, 1), narrow, 100)
    assert len(found.inside) == 100


def test_where_nothing_is_inside_nothing_is_found():
    assert admitted_inputs(InputSource(WANTED, 1), lambda inputs: [False] * len(inputs), 50).inside == []
