"""The types that a tool's values may have: what JSON can carry, and tuples of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["none", "bool", "int", "float", "str", "list", "tuple", "dict", "union", "literal", "any"]

_PLAIN: dict[str, Kind] = {
    "bool": "bool", "int": "int", "float": "float", "str": "str", "None": "none", "Any": "any",
    "object": "any",
}  # fmt: skip
_COLLECTIONS: dict[str, Kind] = {
    "list": "list", "List": "list", "Sequence": "list", "Iterable": "list", "Collection": "list",
    "tuple": "tuple", "Tuple": "tuple", "dict": "dict", "Dict": "dict", "Mapping": "dict",
    "Union": "union", "Optional": "union", "Literal": "literal",
}  # fmt: skip


class TypeNotUnderstood(ValueError):
    """The annotation is no type whose values could be written as JSON."""


@dataclass(frozen=True)
class ValueType:
    """A type.

    Attributes:
        kind: What it is.
        items: Types of what it holds: one of a list, the value's of a dict (its keys are text), one per entry
            of a tuple, one per choice of a union. None given: anything.
        repeats: Whether a tuple holds any number of its one type.
        choices: The values of a literal type.
    """

    kind: Kind
    items: tuple[ValueType, ...] = ()
    repeats: bool = False
    choices: tuple[object, ...] = ()

    def accepts(self, value: object) -> bool:
        """Returns whether the value is of this type; a whole number is a float, a bool is no number."""
        return _ACCEPTS[self.kind](self, value)


ANY = ValueType("any")


def parse_type(annotation: ast.expr | str) -> ValueType:
    """Returns the type that an annotation writes.

    Raises:
        TypeNotUnderstood: It is another type than those of this module; the message names it.
    """
    node = ast.parse(annotation, mode="eval").body if isinstance(annotation, str) else annotation
    match node:
        case ast.Constant(value=None):
            return ValueType("none")
        case ast.Constant(value=str() as text):
            return parse_type(text)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _PLAIN:
            return ValueType(_PLAIN[name])
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _COLLECTIONS:
            return _bare(_COLLECTIONS[name], node)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return ValueType("union", (*_choices(left), *_choices(right)))
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner) if (
            name in _COLLECTIONS
        ):
            entries = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
            return _subscripted(name, entries, node)
    raise _not_understood(node)


def _bare(kind: Kind, node: ast.expr) -> ValueType:
    if kind in ("union", "literal"):
        raise _not_understood(node)
    return ValueType(kind, repeats=kind == "tuple")


def _subscripted(name: str, entries: list[ast.expr], node: ast.expr) -> ValueType:
    kind = _COLLECTIONS[name]
    if kind == "literal":
        return ValueType(kind, choices=tuple(ast.literal_eval(entry) for entry in entries))
    if kind == "dict":
        if len(entries) != 2 or parse_type(entries[0]).kind not in ("str", "any"):
            raise TypeNotUnderstood(
                f"type {ast.unparse(node)}: expected a dict whose keys are str, as JSON has them"
            )
        return ValueType(kind, (parse_type(entries[1]),))
    if kind == "tuple" and len(entries) == 2 and _is_ellipsis(entries[1]):
        return ValueType(kind, (parse_type(entries[0]),), repeats=True)
    items = tuple(parse_type(entry) for entry in entries)
    if name == "Optional":
        items = (*items, ValueType("none"))
    if kind == "list" and len(items) != 1:
        raise _not_understood(node)
    return ValueType(kind, items)


def _choices(node: ast.expr) -> tuple[ValueType, ...]:
    found = parse_type(node)
    return found.items if found.kind == "union" else (found,)


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _not_understood(node: ast.expr) -> TypeNotUnderstood:
    return TypeNotUnderstood(
        f"type {ast.unparse(node)}: expected None, bool, int, float, str, Any, list[...], tuple[...], "
        "dict[str, ...], Literal[...] or a union of these"
    )


def _accepts_items(expected: ValueType, value: object) -> bool:
    if not isinstance(value, list if expected.kind == "list" else tuple):
        return False
    if expected.kind == "list" or expected.repeats:
        return not expected.items or all(map(expected.items[0].accepts, value))
    return len(value) == len(expected.items) and all(
        item.accepts(entry) for item, entry in zip(expected.items, value, strict=True)
    )


def _accepts_dict(expected: ValueType, value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(key, str) and (not expected.items or expected.items[0].accepts(entry))
        for key, entry in value.items()
    )


_ACCEPTS: dict[Kind, Callable[[ValueType, object], bool]] = {
    "none": lambda expected, value: value is None,
    "bool": lambda expected, value: isinstance(value, bool),
    "int": lambda expected, value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda expected, value: isinstance(value, int | float) and not isinstance(value, bool),
    "str": lambda expected, value: isinstance(value, str),
    "list": _accepts_items,
    "tuple": _accepts_items,
    "dict": _accepts_dict,
    "union": lambda expected, value: any(item.accepts(value) for item in expected.items),
    "literal": lambda expected, value: any(
        value == choice and type(value) is type(choice) for choice in expected.choices
    ),
    "any": lambda expected, value: True,
}
