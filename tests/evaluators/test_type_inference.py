"""The types of parameters: annotated, else as examples, names and words show."""

import pytest

from evaluators.docstring_hints import Hints, hints_of
from evaluators.type_inference import common_type, parameter_types
from programs.tool_signature import ToolSignature
from programs.value_type import ValueType, parse_type


def types(signature, calls=(), description=""):
    found = ToolSignature.from_text(signature)
    return list(parameter_types(found, calls, hints_of(description, "f"), description))


def test_annotations_hold():
    assert types("(a: list[int], b: str | None)", [([], "x")]) == [
        parse_type("list[int]"),
        parse_type("str | None"),
    ]


def test_examples_fill_what_annotations_leave_open():
    assert types("(a, b: list)", [(1.5, ["x"])]) == [parse_type("float"), parse_type("list[str]")]


def test_a_list_of_anything_takes_what_examples_show_and_more():
    [found] = types("(values: list[Any])", [([1],)])
    assert found.items[0].items == (ValueType("int"), ValueType("any"))


def test_values_in_the_description_tell_where_no_example_does():
    assert types("(q, r)", description="such as q = 'ab' and r = [1]") == [
        parse_type("str"),
        parse_type("list[int]"),
    ]


@pytest.mark.parametrize(
    ("signature", "description", "expected"),
    [
        ("(words)", "", "list[str]"), ("(n)", "", "int"), ("(text)", "", "str"), ("(lst)", "", "list[int]"),
        ("(thing)", "Given a list of strings", "list[str]"), ("(thing)", "takes a sentence", "str"),
    ],
)  # fmt: skip
def test_names_and_words_are_the_last_resort(signature, description, expected):
    assert types(signature, description=description) == [parse_type(expected)]


def test_values_of_two_types_have_a_union():
    assert common_type([1, "a", 2]) == parse_type("int | str")
    assert common_type([(1, "a"), (2, "b")]) == parse_type("tuple[int, str]")
    assert common_type([{"a": 1}]) == parse_type("dict[str, int]")
    assert common_type([]) == ValueType("any")
    assert types("(xyzzy)") != [ValueType("any")]
    assert Hints() == hints_of("", "f")
