"""Twenty JSON schemas, each with a question: what a model that is bound to a schema is held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A question, and the schema of its answer."""

    name: str
    question: str
    schema: Mapping[str, Any]


def _object(properties: Mapping[str, Any], *required: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"type": "object", "properties": dict(properties), "required": list(required), **more}


_SHORT = {"type": "string", "maxLength": 40}
_PERSON = _object({"name": _SHORT, "age": {"type": "integer", "minimum": 0, "maximum": 120}}, "name", "age")

SCHEMAS = (
    Asked("flat object", "Describe a person called Anna.", _PERSON),
    Asked(
        "nested objects",
        "Describe a company and its director.",
        _object(
            {"company": _object({"name": _SHORT, "director": _PERSON}, "name", "director")},
            "company",
            additionalProperties=False,
        ),
    ),
    Asked(
        "array with bounds",
        "Name some colours of the rainbow.",
        {"type": "array", "items": _SHORT, "minItems": 3, "maxItems": 7},
    ),
    Asked("enum", "How do you feel about rain?", {"enum": ["good", "bad", "neither", None, 0]}),
    Asked(
        "const and optional fields",
        "Order a coffee.",
        _object(
            {
                "kind": {"const": "coffee"},
                "milk": {"type": "boolean"},
                "sugar": {"type": "integer", "minimum": 0, "maximum": 3},
                "note": _SHORT,
            },
            "kind",
        ),
    ),
    Asked(
        "anyOf with null",
        "When was the wheel invented? Say null if you do not know.",
        _object({"year": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, "year"),
    ),
    Asked(
        "numbers with ranges",
        "How sure are you that it rains tomorrow?",
        _object(
            {
                "probability": {"type": "number", "minimum": 0, "maximum": 1},
                "celsius": {"type": "number", "exclusiveMinimum": -40.5, "exclusiveMaximum": 50},
                "wind": {"type": "integer", "exclusiveMinimum": 0, "maximum": 250, "multipleOf": 5},
            },
            "probability",
            "celsius",
            "wind",
        ),
    ),
    Asked(
        "pattern",
        "Invent a product code and a version.",
        _object(
            {
                "code": {"type": "string", "pattern": "^[A-Z]{2,3}-[0-9]{4}$"},
                "version": {
                    "type": "string",
                    "pattern": r"^(0|[1-9]\d{0,2})(\.\d{1,3}){1,2}(-(alpha|beta))?$",
                },
            },
            "code",
            "version",
        ),
    ),
    Asked(
        "references",
        "Give the start and the end of a line in a plane.",
        {
            "$ref": "#/$defs/line",
            "$defs": {
                "point": _object({"x": {"type": "number"}, "y": {"type": "number"}}, "x", "y"),
                "line": _object(
                    {"from": {"$ref": "#/$defs/point"}, "to": {"$ref": "#/$defs/point"}}, "from", "to"
                ),
            },
        },
    ),
    Asked(
        "a tree",
        "Draw a family tree of two generations.",
        _object(
            {"name": _SHORT, "children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 2}},
            "name",
            "children",
            additionalProperties=False,
        ),
    ),
    Asked(
        "unicode",
        "Translate 'good morning' into Greek and Japanese.",
        _object(
            {
                "Ελληνικά": {"type": "string", "minLength": 1, "maxLength": 30},
                "日本語": _SHORT,
                'a "quoted" key': _SHORT,
            },
            "Ελληνικά",
            "日本語",
        ),
    ),
    Asked("null", "Say nothing.", {"type": "null"}),
    Asked(
        "a map",
        "Count the vowels of 'banana'.",
        {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "propertyNames": {"pattern": "^[a-z]$"},
            "maxProperties": 5,
        },
    ),
    Asked(
        "a tuple",
        "Give a point on the map with its name.",
        {
            "type": "array",
            "prefixItems": [
                {"type": "number", "minimum": -90, "maximum": 90},
                {"type": "number", "minimum": -180, "maximum": 180},
                _SHORT,
            ],
            "items": False,
            "minItems": 3,
        },
    ),
    Asked(
        "deep nesting",
        "Put a box in a box.",
        _object(
            {
                "a": _object(
                    {
                        "b": _object(
                            {
                                "c": _object(
                                    {
                                        "d": _object(
                                            {
                                                "e": {
                                                    "type": "array",
                                                    "items": {
                                                        "type": "array",
                                                        "items": {"type": "boolean"},
                                                        "maxItems": 3,
                                                    },
                                                    "maxItems": 2,
                                                }
                                            },
                                            "e",
                                        )
                                    },
                                    "d",
                                )
                            },
                            "c",
                        )
                    },
                    "b",
                )
            },
            "a",
        ),
    ),
    Asked(
        "tagged union",
        "Describe a cat or a dog.",
        _object(
            {
                "pet": {
                    "oneOf": [
                        _object(
                            {
                                "kind": {"const": "cat"},
                                "lives": {"type": "integer", "minimum": 1, "maximum": 9},
                            },
                            "kind",
                            "lives",
                        ),
                        _object({"kind": {"const": "dog"}, "breed": _SHORT}, "kind", "breed"),
                    ],
                    "discriminator": {"propertyName": "kind"},
                }
            },
            "pet",
        ),
    ),
    Asked(
        "formats",
        "Plan a meeting.",
        _object(
            {
                "day": {"type": "string", "format": "date"},
                "begins": {"type": "string", "format": "date-time"},
                "id": {"type": "string", "format": "uuid"},
                "host": {"type": "string", "format": "email"},
            },
            "day",
            "begins",
            "id",
        ),
    ),
    Asked(
        "allOf",
        "Describe an employee.",
        {
            "allOf": [
                _PERSON,
                _object({"age": {"minimum": 18}, "salary": {"type": "number", "minimum": 0}}, "salary"),
            ]
        },
    ),
    Asked(
        "several types",
        "Answer 6 times 7 in any form.",
        _object({"answer": {"type": ["integer", "string", "boolean"], "maxLength": 20}}, "answer"),
    ),
    Asked(
        "a set",
        "Which days are you free?",
        {
            "type": "array",
            "items": {"enum": ["mo", "tu", "we", "th", "fr"]},
            "uniqueItems": True,
            "minItems": 2,
        },
    ),
)
