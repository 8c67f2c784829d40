"""Texts drawn at random from a schema's grammar satisfy the schema: whatever a model says, it is held to it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from experiments.reply_schemas import SCHEMAS
from language_models import FormUnsupported
from language_models.schema_grammar import grammar_of
from tests.language_models.gbnf_texts import drawing

AB = {"a": {"type": "integer"}, "b": {"type": "string"}}
CAT = {"type": "object", "properties": {"kind": {"const": "cat"}}, "required": ["kind"]}
DOG = {"type": "object", "properties": {"kind": {"const": "dog"}}, "required": ["kind"]}

BOUND: list[Any] = [
    *(asked.schema for asked in SCHEMAS),
    {"type": "number", "minimum": -1.5, "maximum": 1.5},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "minimum": 0.2, "maximum": 0.3},
    {"type": "number", "minimum": -0.37, "exclusiveMaximum": -0.005},
    {"type": "number", "exclusiveMinimum": 3.999},
    {"type": "number", "maximum": -17.25},
    {"type": "number", "minimum": 1e-5, "maximum": 2e-5},
    {"type": "number", "multipleOf": 0.01, "minimum": 0},
    {"type": "integer", "minimum": -12, "maximum": 1234},
    {"type": "integer", "exclusiveMinimum": 97, "exclusiveMaximum": 1001},
    {"type": "integer", "minimum": 18},
    {"type": "integer", "multipleOf": 7},
    {"type": "string", "minLength": 3, "maxLength": 5},
    {"type": "string", "minLength": 1500, "maxLength": 2600},
    {"type": "string", "pattern": "ab|^c"},
    {"type": "string", "pattern": r'^(?:a|b)*\.[^x-z"]+$'},
    {"type": "string", "pattern": r"^\w+@\S+?\s?$"},
    {"type": "string", "pattern": r'^[\\"\n\t-]{1,4}$'},
    {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 6},
    *({"type": "string", "format": shape} for shape in ("time", "ipv4", "ipv6", "hostname", "uri", "duration")),
    {"enum": ["a", 1, True, {"x": [1]}, 'é"\\']},
    {"type": "string", "enum": ["a", 3]},
    {"oneOf": [CAT, DOG]},
    {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["next"]},
    {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
    {"type": "object", "patternProperties": {"^x_": {"type": "boolean"}}, "additionalProperties": False},
    {"type": "object", "properties": {**AB, "c": {}}, "minProperties": 2, "maxProperties": 2},
    {"type": "object", "properties": AB, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "maxItems": 4, "items": {"type": "null"}},
    {"type": "array", "prefixItems": [{"type": "string"}], "minItems": 3},
    {"type": "array", "items": {"type": "integer"}, "minItems": 1200, "maxItems": 2300},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 0},
    {"$ref": "#/$defs/p", "maximum": 3, "$defs": {"p": {"type": "integer", "minimum": 0}}},
    {"minimum": 3},
    {"type": "array"},
    {},
    True,
]  # fmt: skip

UNBOUND = [
    ({"not": {"type": "string"}}, "keyword not"),
    ({"if": {"type": "string"}, "then": {"minLength": 2}}, "keyword if"),
    ({"type": "array", "contains": {"type": "integer"}}, "keyword contains"),
    ({"type": "array", "uniqueItems": True, "items": {"type": "integer"}}, "keyword uniqueItems"),
    ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "keyword oneOf"),
    ({"type": "string", "pattern": "(?=a)b"}, "keyword pattern"),
    ({"type": "string", "pattern": r"^(a)\1$"}, "keyword pattern"),
    ({"type": "string", "pattern": "^ab*c$", "maxLength": 3}, "keyword pattern.*minLength/maxLength"),
    ({"$ref": "https://example.org/schema"}, "keyword .ref.*leads elsewhere"),
    ({"$ref": "#/$defs/nowhere"}, "keyword .ref.*leads nowhere"),
    ({"type": "object", "properties": AB, "dependentRequired": {"a": ["b"]}}, "keyword dependentRequired"),
    ({"type": "object", "minProperties": 2}, "keyword minProperties"),
    ({"type": "object", "properties": {"a": {"not": {}}}}, "keyword not"),
    ({"type": "integer", "minimum": 5, "maximum": 3}, "no value satisfies"),
    ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "no value satisfies"),
    (False, "no value satisfies"),
    ({"type": "frog"}, "expected a JSON schema"),
]  # fmt: skip


@pytest.mark.parametrize("schema", BOUND, ids=lambda schema: json.dumps(schema)[:50])
def test_every_text_of_a_schemas_grammar_satisfies_the_schema(schema: Any) -> None:
    rng = random.Random(1)
    draw = drawing(grammar_of(schema))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for _ in range(5 if "2300" in json.dumps(schema) or "2600" in json.dumps(schema) else 60):
        text = draw(rng)
        assert not list(validator.iter_errors(json.loads(text))), text


def test_a_grammar_without_the_bound_draws_texts_that_break_it() -> None:
    draw = drawing(grammar_of({"type": "integer"}))
    drawn = [json.loads(draw(random.Random(seed))) for seed in range(50)]
    assert any(not Draft202012Validator({"maximum": 1234}).is_valid(value) for value in drawn)


@pytest.mark.parametrize(("schema", "told"), UNBOUND, ids=lambda part: str(part)[:40])
def test_what_a_grammar_cannot_hold_to_is_refused_by_its_keyword(schema: Any, told: str) -> None:
    with pytest.raises(FormUnsupported, match=told):
        grammar_of(schema)


@pytest.mark.parametrize(
    ("schema", "reached"),
    [
        ({"type": "integer", "minimum": 8, "maximum": 11}, {"8", "9", "10", "11"}),
        ({"type": "array", "items": {"enum": ["r", "g"]}, "uniqueItems": True}, {"[]", '["r"]', '["g"]', '["r", "g"]'}),
        ({"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}},
         {"{}", '{"a": 1}', '{"b": 2}', '{"a": 1, "b": 2}'}),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "minItems": 1}, {"[1]", "[1, 2]"}),
        ({"type": "string", "pattern": "^(a|bc)?$"}, {'""', '"a"', '"bc"'}),
        ({"allOf": [{"type": ["integer", "null"]}, {"enum": [1, None, "x"]}]}, {"1", "null"}),
    ],
)  # fmt: skip
def test_a_grammar_reaches_all_that_its_schema_allows(schema: Any, reached: set[str]) -> None:
    draw, rng = drawing(grammar_of(schema)), random.Random(2)
    assert {draw(rng) for _ in range(400)} == reached


def test_there_are_twenty_schemas() -> None:
    assert len({asked.name for asked in SCHEMAS}) == 20
