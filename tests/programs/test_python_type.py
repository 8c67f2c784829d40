import pytest

from programs.python_type import python_type


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "str"),
        ({"type": "array", "items": {"type": "integer"}}, "list[int]"),
        ({"type": "array"}, "list"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "str | None"),
        ({"type": ["integer", "null"]}, "int | None"),
        ({"enum": ["g", "kg"]}, "Literal['g', 'kg']"),
        ({}, "object"),
        ({"$ref": "#/$defs/Node"}, "object"),
    ],
)
def test_a_schema_is_read_as_an_annotation(schema: dict[str, object], expected: str) -> None:
    assert python_type(schema) == expected
