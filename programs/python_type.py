"""JSON schemas as Python annotations, for readers: "list[int]", "str | None"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = {
    "string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "object": "dict",
    "array": "list",
}  # fmt: skip
ANY = "object"


def python_type(schema: Mapping[str, Any]) -> str:
    """Returns the annotation of what a schema allows; "object" where Python has no short word for it."""
    if "enum" in schema or "const" in schema:
        choices = schema["enum"] if "enum" in schema else [schema["const"]]
        return f"Literal[{', '.join(map(repr, choices))}]"
    if any(key in schema for key in ("anyOf", "oneOf")):
        return _union([python_type(entry) for entry in schema.get("anyOf", schema.get("oneOf", ()))])
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return _union([python_type({**schema, "type": kind}) for kind in kinds])
    name = _NAMES.get(str(kinds), ANY)
    if name == "list" and isinstance(schema.get("items"), Mapping):
        return f"list[{python_type(schema['items'])}]"
    if name == "dict" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"dict[str, {python_type(schema['additionalProperties'])}]"
    return name


def _union(types: list[str]) -> str:
    return " | ".join(dict.fromkeys(types)) or ANY
