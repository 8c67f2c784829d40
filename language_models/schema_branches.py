"""Tells whether the branches of a `oneOf` exclude one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from language_models.schema_merge import Schema, kinds_of
from language_models.schema_references import References


def exclude_one_another(branches: Sequence[Schema], references: References) -> bool:
    """Tells whether no value that a grammar writes for one branch satisfies another; False where unsure.

    A grammar writes no keys but those that a branch names.
    """
    resolved = [references.resolved(branch) for branch in branches]
    return all(_never_fits(one, other, references) for one, other in permutations(resolved, 2))


def _never_fits(written: Schema, other: Schema, references: References) -> bool:
    if written is False or other is False:
        return True
    if not isinstance(written, Mapping) or not isinstance(other, Mapping):
        return False
    return (
        _are_of_other_kinds(written, other)
        or _list_other_values(written, other)
        or _lacks_a_key(written, other)
        or _differ_in_a_key(written, other, references)
    )


def _are_of_other_kinds(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    mine, theirs = _kinds(one), _kinds(other)
    return mine is not None and theirs is not None and not mine & theirs


def _kinds(schema: Mapping[str, Any]) -> set[str] | None:
    kinds = kinds_of(schema)
    if kinds is None:
        return None
    return {"number" if kind == "integer" else kind for kind in kinds}


def _list_other_values(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    mine, theirs = _values(one), _values(other)
    return mine is not None and theirs is not None and not any(value in theirs for value in mine)


def _values(schema: Mapping[str, Any]) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _lacks_a_key(written: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tells whether the other wants a key that is never written, or forbids one that always is."""
    if _kinds(written) != {"object"} or _kinds(other) != {"object"} or "properties" not in written:
        return False
    named = {*written["properties"], *written.get("required", ())}
    if set(other.get("required", ())) - named:
        return True
    always = set(written.get("required", ()))
    return other.get("additionalProperties") is False and bool(always - set(other.get("properties", {})))


def _differ_in_a_key(one: Mapping[str, Any], other: Mapping[str, Any], references: References) -> bool:
    """Tells whether a key that both want has values that exclude one another."""
    if _kinds(one) != {"object"} or _kinds(other) != {"object"}:
        return False
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    return any(
        _never_fits(references.resolved(mine[name]), references.resolved(theirs[name]), references)
        for name in set(one.get("required", ()))
        if name in mine and name in theirs
    )
