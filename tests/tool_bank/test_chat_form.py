from __future__ import annotations

from typing import Any

import pytest

from programs.strict_form import NotStrict, strict_form
from tests.tool_bank.examples import DURATION, DURATION_SCHEMA, schema, tool
from tool_bank.chat_form import chat_names, chat_tool, real_arguments, why_not_strict

NODE = {
    "type": "object",
    "properties": {
        "value": {"type": "integer"},
        "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}], "default": None},
    },
    "required": ["value"],
}


def parameters(properties: dict[str, Any], required: list[str], **definitions: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "$defs": definitions}


def test_a_tool_is_an_entry_of_a_chat_request_in_strict_form() -> None:
    assert chat_tool(DURATION, DURATION_SCHEMA) == {
        "type": "function",
        "function": {
            "name": "parse_duration",
            "description": "Turns '1h30m' into seconds.",
            "parameters": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "unit": {"type": ["integer", "null"], "description": "Default: 1."},
                },
                "required": ["text", "unit"],
                "additionalProperties": False,
            },
            "strict": True,
        },
    }


def test_a_tool_that_strict_mode_cannot_say_is_offered_without_it() -> None:
    free = schema({"text": {}}, ["text"])
    function = chat_tool(tool(), free)["function"]
    assert function["strict"] is False
    assert function["parameters"] == free.parameters
    assert why_not_strict(free) == "text: takes values of any type, or choices of several"
    assert why_not_strict(DURATION_SCHEMA) == ""


def test_names_that_no_chat_model_takes_are_replaced_and_mapped_back() -> None:
    long = "n" * 65
    odd = schema(
        {"größe": {"type": "integer"}, "p0_gre": {"type": "integer"}, long: {"type": "integer"}}, ["größe"]
    )
    shown = chat_names(odd)
    assert len(set(shown.values())) == 3
    assert all(name.isascii() and len(name) <= 64 for name in shown.values())
    assert shown["p0_gre"] == "p0_gre"
    assert real_arguments(odd, {shown["größe"]: 1, shown[long]: 2}) == {"größe": 1, long: 2}
    assert real_arguments(odd, {"größe": 1, long: None}) == {"größe": 1}


def test_a_description_is_cut_to_what_chat_interfaces_take() -> None:
    function = chat_tool(tool(description="x" * 5000), DURATION_SCHEMA)["function"]
    assert len(function["description"]) == 1024
    assert function["description"].endswith(" ...")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({}, "any type"),
        ({"type": "object"}, "free keys"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "free keys"),
        ({"type": "array"}, "any items"),
        ({"type": "array", "prefixItems": []}, "'prefixItems'"),
        ({"type": "string", "minLength": 1}, "'minLength'"),
        ({"type": "string", "format": "binary"}, "format 'binary'"),
        ({"type": "string", "pattern": "(?=a)"}, "look ahead"),
        ({"enum": ["a", 1]}, "choices of several"),
        ({"oneOf": [{"type": "integer"}]}, "'oneOf'"),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, r"x\.a: may be left out"),
        ({"type": "integer", "enum": list(range(1001))}, "at most 1000 choices"),
    ],
)
def test_what_strict_mode_cannot_say_is_told(entry: dict[str, Any], why: str) -> None:
    with pytest.raises(NotStrict, match=why):
        strict_form(parameters({"x": entry}, ["x"]))


def test_definitions_that_recur_are_said_and_keep_to_the_rules() -> None:
    made = strict_form(
        parameters({"x": {"$ref": "#/$defs/Node", "description": "A list."}}, ["x"], Node=NODE)
    )
    assert made["properties"]["x"]["description"] == "A list."
    assert made["$defs"]["Node"]["required"] == ["value", "next"]
    assert made["$defs"]["Node"]["additionalProperties"] is False
    assert made["$defs"]["Node"]["properties"]["next"]["anyOf"] == [
        {"$ref": "#/$defs/Node"},
        {"type": "null"},
    ]


def test_deep_and_endless_schemas_are_not_strict() -> None:
    deep: dict[str, Any] = {"type": "integer"}
    for _ in range(12):
        deep = {"type": "array", "items": deep}
    with pytest.raises(NotStrict, match="at most 10 levels, found 13"):
        strict_form(parameters({"x": deep}, ["x"]))
    doubling = {
        f"A{n}": {"anyOf": [{"$ref": f"#/$defs/A{n + 1}", "description": str(i)} for i in (0, 1)]}
        for n in range(40)
    }
    with pytest.raises(NotStrict, match="parts"):
        strict_form(parameters({"x": {"$ref": "#/$defs/A0"}}, ["x"], A40={"type": "integer"}, **doubling))


def test_an_optional_parameter_that_is_a_choice_may_be_null_beside_it() -> None:
    made = strict_form(parameters({"x": {"type": "string", "enum": ["a"], "default": "a"}}, []))
    assert made["properties"]["x"] == {
        "anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}],
        "description": 'Default: "a".',
    }
