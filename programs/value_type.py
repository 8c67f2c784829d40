"""The types that a tool's values may have: what JSON can carry, and tuples of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from programs.code_manipulation import ProgramSyntaxError, parse

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
DEEPEST = 16  # collections within each other
_LEAVES = (bool, int, float, str, bytes, type(None))


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
        """Returns whether the value is of this type; a whole number is a float, a bool is no number.

        Any takes what `is_plain` does, so also what has a literal in Python and none in JSON.
        """
        return _ACCEPTS[self.kind](self, value)


ANY = ValueType("any")


def parse_type(annotation: ast.expr | str) -> ValueType:
    """Returns the type that an annotation writes.

    Raises:
        TypeNotUnderstood: It is another type than those of this module; the message names it.
    """
    node = _expression(annotation) if isinstance(annotation, str) else annotation
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
            return _union([left, right])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner) if (
            name in _COLLECTIONS
        ):
            entries = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
            if entries or _COLLECTIONS[name] == "tuple":
                return _subscripted(name, entries, node)
    raise _not_understood(node)


def is_plain(value: object, room: int = DEEPEST) -> bool:
    """Returns whether a value is made of None, bools, numbers, texts, bytes and collections of these.

    Args:
        value: Any value.
        room: How many collections may be within each other.
    """
    if not isinstance(value, list | tuple | set | frozenset | dict):
        return isinstance(value, _LEAVES)
    entries = [*value, *value.values()] if isinstance(value, dict) else value
    return room > 0 and all(is_plain(entry, room - 1) for entry in entries)


def _expression(text: str) -> ast.expr:
    try:
        match parse(text.strip()).body:
            case [ast.Expr(value=node)]:
                return node
    except ProgramSyntaxError as error:
        raise TypeNotUnderstood(f"type {text!r:.200}: expected a Python expression: {error}") from error
    raise TypeNotUnderstood(f"type {text!r:.200}: expected one Python expression")


def _bare(kind: Kind, node: ast.expr) -> ValueType:
    if kind in ("union", "literal"):
        raise _not_understood(node)
    return ValueType(kind, repeats=kind == "tuple")


def _subscripted(name: str, entries: list[ast.expr], node: ast.expr) -> ValueType:
    kind = _COLLECTIONS[name]
    if kind == "literal":
        return ValueType(kind, choices=tuple(_choice(entry, node) for entry in entries))
    if kind == "union":
        return _optional(entries, node) if name == "Optional" else _union(entries)
    if kind == "dict":
        if len(entries) != 2 or parse_type(entries[0]).kind not in ("str", "any"):
            raise TypeNotUnderstood(
                f"type {ast.unparse(node)}: expected a dict whose keys are str, as JSON has them"
            )
        return ValueType(kind, (parse_type(entries[1]),))
    if kind == "tuple" and len(entries) == 2 and _is_ellipsis(entries[1]):
        return ValueType(kind, (parse_type(entries[0]),), repeats=True)
    if kind == "list" and len(entries) != 1:
        raise _not_understood(node)
    return ValueType(kind, tuple(parse_type(entry) for entry in entries))


def _optional(entries: list[ast.expr], node: ast.expr) -> ValueType:
    if len(entries) != 1:
        raise _not_understood(node)
    return _union([*entries, ast.Constant(None)])


def _union(entries: list[ast.expr]) -> ValueType:
    """Returns a union without unions in it; of one type, that type."""
    found: list[ValueType] = []
    for entry in entries:
        kind = parse_type(entry)
        found += kind.items if kind.kind == "union" else [kind]
    different = tuple({repr(kind): kind for kind in found}.values())
    return different[0] if len(different) == 1 else ValueType("union", different)


def _choice(entry: ast.expr, node: ast.expr) -> object:
    try:
        value = ast.literal_eval(entry)
    except ValueError as error:
        raise _not_understood(node) from error
    if not isinstance(value, bool | int | float | str | None):
        raise _not_understood(node)
    return value


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
        type(value) is type(choice) and value == choice for choice in expected.choices
    ),
    "any": lambda expected, value: is_plain(value),
}
