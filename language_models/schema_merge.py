"""Joins JSON schemas that must hold together into one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from language_models.backend import FormUnsupported

Schema = Any  # a JSON schema: a mapping, True or False

NOTES = frozenset(
    {
        "$anchor", "$comment", "$defs", "$id", "$schema", "contentEncoding", "contentMediaType",
        "contentSchema", "default", "definitions", "deprecated", "description", "discriminator", "example",
        "examples", "readOnly", "title", "writeOnly",
    }
)  # fmt: skip


def joined(one: Schema, other: Schema) -> Schema:
    """Returns the schema of what satisfies both.

    Raises:
        FormUnsupported: They say different things by a keyword whose two values cannot be joined.
    """
    if one is False or other is False:
        return False
    if one is True or other is True:
        return other if one is True else one
    found = {**other, **one}
    for keyword in set(one) & set(other) - NOTES:
        if one[keyword] != other[keyword]:
            joins = _JOINS.get(keyword)
            if joins is None:
                raise FormUnsupported(
                    f"keyword {keyword}: two values hold at once, {one[keyword]!r:.80} and "
                    f"{other[keyword]!r:.80}, and cannot be joined; write the schema without allOf"
                )
            found[keyword] = joins(one[keyword], other[keyword])
    found.update(_joined_properties(one, other))
    return found


def kinds_of(schema: Mapping[str, Any]) -> list[str] | None:
    """Returns the types that a schema names; None where it names none."""
    named = schema.get("type")
    return [named] if isinstance(named, str) else None if named is None else list(named)


def _joined_properties(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the properties of both, those of one alone held to the other's `additionalProperties`."""
    if "properties" not in one and "properties" not in other:
        return {}
    names = [*one.get("properties", {}), *other.get("properties", {})]
    return {"properties": {name: joined(_property(one, name), _property(other, name)) for name in names}}


def _property(schema: Mapping[str, Any], name: str) -> Schema:
    return schema.get("properties", {}).get(name, schema.get("additionalProperties", True))


def _joined_types(one: Any, other: Any) -> list[str]:  # noqa: ANN401 - any JSON
    mine = kinds_of({"type": one}) or []
    theirs = kinds_of({"type": other}) or []
    common = [kind for kind in mine if kind in theirs]
    if "integer" in mine + theirs and "number" in mine + theirs and "number" not in common:
        common.append("integer")
    return list(dict.fromkeys(common))


def _products(one: list[Schema], other: list[Schema]) -> list[Schema]:
    return [joined(mine, theirs) for mine in one for theirs in other]


_JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "type": _joined_types,
    "enum": lambda one, other: [value for value in one if value in other],
    "required": lambda one, other: list(dict.fromkeys([*one, *other])),
    "properties": lambda one, _: one,  # joined by name
    "additionalProperties": joined,
    "items": joined,
    "propertyNames": joined,
    "allOf": lambda one, other: [*one, *other],
    "anyOf": _products,
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
    "uniqueItems": lambda one, other: one or other,
}
