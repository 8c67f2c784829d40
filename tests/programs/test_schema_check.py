from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from programs.schema_check import STEPS, SchemaCheck

POINT = {
    "type": "object",
    "properties": {"x": {"type": "number"}, "tags": {"type": "array", "items": {"enum": ["a", "b"]}}},
    "required": ["x"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"x": 1}, None),
        ({"x": 1.5, "tags": ["a"]}, None),
        ({"x": True}, "x: expected number, found True"),
        ({"x": 1, "tags": ["a", "c"]}, "tags[1]: expected one of 'a', 'b', found 'c'"),
        ({}, "value: expected the keys x, found {}"),
        ({"x": 1, "y": 2}, "value: expected no keys but x, tags, found {'x': 1, 'y': 2}"),
        ([], "value: expected object, found []"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(value: Any, problem: str | None) -> None:
    assert SchemaCheck(POINT).problem(value) == problem


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"minimum": 0}, -1, "at least 0"),
        ({"exclusiveMaximum": 1}, 1, "less than 1"),
        ({"multipleOf": 5}, 3, "a multiple of 5"),
        ({"maxLength": 2}, "abc", "2 characters or fewer"),
        ({"maxItems": 1}, [1, 2], "1 items or fewer"),
        ({"uniqueItems": True}, [1, 1], "items that all differ"),
        ({"const": 1}, 2, "expected 1,"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", "integer or null"),
        ({"prefixItems": [{"type": "integer"}], "items": False}, [1, 2], "no more items"),
    ],
)
def test_constraints_are_told_in_words(schema: dict[str, Any], value: Any, words: str) -> None:
    assert words in str(SchemaCheck(schema).problem(value))


def test_a_float_without_fraction_is_an_integer_only_where_that_is_said() -> None:
    assert SchemaCheck({"type": "integer"}).problem(3.0) == "value: expected integer, found 3.0"
    assert SchemaCheck({"type": "integer"}, whole=True).problem(3.0) is None
    assert SchemaCheck({"type": "integer"}, whole=True).problem(True) is not None


def test_arrays_are_lists_of_numbers() -> None:
    check = SchemaCheck({"type": "array", "items": {"type": "number"}})
    assert check.problem(np.zeros((1000, 1000))) is None
    assert check.problem(np.array(["a"])) is not None


def test_patterns_are_left_to_the_sandbox() -> None:
    assert SchemaCheck({"type": "string", "pattern": "(a+)+$"}).problem("a" * 50 + "b") is None


HOSTILE: list[dict[str, Any]] = [
    {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}},
    {"$ref": "#/$defs/A", "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}] * 2}}},
    {
        "$ref": "#/$defs/A0",
        "$defs": {f"A{n}": {"allOf": [{"$ref": f"#/$defs/A{n + 1}"}] * 2} for n in range(60)} | {"A60": {}},
    },
]


@pytest.mark.parametrize("schema", HOSTILE, ids=["a circle", "a circle of choices", "2 ** 60 steps"])
def test_a_schema_that_never_ends_is_given_up(schema: dict[str, Any]) -> None:
    assert SchemaCheck(schema).problem(1) == f"expected a value that can be checked in {STEPS} steps, found 1"
