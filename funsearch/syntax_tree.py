"""Reads syntax trees of functions: the places in them, what may stand there, their numbers, their size."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

from programs.code_manipulation import FunctionNode

_OVER_SEQUENCES = frozenset(
    ("sum", "len", "set", "sorted", "any", "all", "tuple", "list", "zip", "enumerate")
)
_WORDS = frozenset(("ctx", "op", "ops"))  # fields that hold no expressions
_EXTREMES = frozenset(("min", "max"))  # of a sequence where they have one argument


class Role(Enum):
    """What a place asks for."""

    VALUE = "value"
    TEST = "test"
    INDEX = "index"
    SEQUENCE = "sequence"


@dataclass(frozen=True)
class Slot:
    """A place in a tree that holds an expression: a field of `parent`, or one entry of a list in it."""

    parent: ast.AST
    field: str
    index: int | None
    role: Role

    @property
    def value(self) -> ast.expr:
        """The expression that is there now."""
        held = getattr(self.parent, self.field)
        expression: ast.expr = held if self.index is None else held[self.index]
        return expression

    def put(self, expression: ast.expr) -> None:
        """Puts another expression there."""
        if self.index is None:
            setattr(self.parent, self.field, expression)
        else:
            getattr(self.parent, self.field)[self.index] = expression


# The fields of each kind of node that hold one expression, and what they ask for.
_FIELDS: dict[type[ast.AST], Sequence[tuple[str, Role]]] = {
    ast.Return: [("value", Role.VALUE)],
    ast.Assign: [("value", Role.VALUE)],
    ast.AugAssign: [("value", Role.VALUE)],
    ast.AnnAssign: [("value", Role.VALUE)],
    ast.If: [("test", Role.TEST)],
    ast.While: [("test", Role.TEST)],
    ast.IfExp: [("test", Role.TEST), ("body", Role.VALUE), ("orelse", Role.VALUE)],
    ast.For: [("iter", Role.SEQUENCE)],
    ast.comprehension: [("iter", Role.SEQUENCE)],
    ast.BinOp: [("left", Role.VALUE), ("right", Role.VALUE)],
    ast.Slice: [("lower", Role.INDEX), ("upper", Role.INDEX), ("step", Role.INDEX)],
    ast.GeneratorExp: [("elt", Role.VALUE)],
    ast.ListComp: [("elt", Role.VALUE)],
    ast.SetComp: [("elt", Role.VALUE)],
    ast.Lambda: [("body", Role.VALUE)],
}


def children(node: ast.AST) -> list[ast.AST]:
    """Returns the nodes directly below, operators and contexts left out (in a third of ast's own time)."""
    found: list[ast.AST] = []
    for name in node._fields:
        if name in _WORDS:
            continue
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [entry for entry in value if isinstance(entry, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """Returns the node and all below it, level by level, as ast.walk does."""
    found = [node]
    for each in found:
        found += children(each)
    return found


def own_slots(node: ast.AST) -> Iterator[Slot]:
    """Yields the places directly in `node` that hold a value that may be replaced by another."""
    for field, role in _FIELDS.get(type(node), ()):
        # What is unpacked comes in pairs, which nothing that is grown does.
        is_unpacked = field == "iter" and not isinstance(getattr(node, "target", None), ast.Name)
        if getattr(node, field) is not None and not is_unpacked:
            yield Slot(node, field, None, role)
    match node:
        case ast.UnaryOp(op=op):
            yield Slot(node, "operand", None, Role.TEST if isinstance(op, ast.Not) else Role.VALUE)
        case ast.BoolOp():
            yield from _entries(node, "values", Role.TEST)
        case ast.comprehension():
            yield from _entries(node, "ifs", Role.TEST)
        case ast.Compare():
            yield from _compared(node)
        case ast.Call():
            yield from _arguments(node)
        case ast.Subscript(value=ast.Tuple()):  # a plain number would make a constant of a table
            return
        case ast.Subscript(slice=index, ctx=ast.Load()) if not isinstance(index, ast.Slice | ast.Tuple):
            yield Slot(node, "slice", None, Role.TEST if isinstance(index, ast.Compare) else Role.INDEX)


def _entries(node: ast.AST, field: str, role: Role) -> Iterator[Slot]:
    for index in range(len(getattr(node, field))):
        yield Slot(node, field, index, role)


def _compared(node: ast.Compare) -> Iterator[Slot]:
    yield Slot(node, "left", None, Role.VALUE)
    for index, op in enumerate(node.ops):
        asks = Role.SEQUENCE if isinstance(op, ast.In | ast.NotIn) else Role.VALUE
        yield Slot(node, "comparators", index, asks)


def _arguments(node: ast.Call) -> Iterator[Slot]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    is_where = isinstance(node.func, ast.Attribute) and node.func.attr == "where"
    over_sequence = name in _OVER_SEQUENCES or (name in _EXTREMES and len(node.args) == 1)
    for index, argument in enumerate(node.args):
        if isinstance(argument, ast.Starred):
            continue
        role = Role.TEST if is_where and index == 0 else Role.VALUE
        yield Slot(node, "args", index, Role.SEQUENCE if over_sequence else role)


def below_head(function: FunctionNode) -> list[ast.AST]:
    """Returns the nodes of the function's body: its head, with defaults and annotations, is none of ours."""
    return [node for statement in function.body for node in walk(statement)]


def numbers(function: FunctionNode) -> Iterator[tuple[ast.Constant, int | float]]:
    """Yields the nodes in the body that hold a number, with it."""
    for node in below_head(function):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield node, cast("int | float", node.value)


def size(node: ast.AST) -> int:
    """Returns how many expressions the tree has once written out and read again."""
    return sum(1 + _is_negative(child) for child in walk(node) if isinstance(child, ast.expr))


def _is_negative(node: ast.expr) -> bool:
    """Returns whether the node is a number that is read as the negation of another."""
    return (
        isinstance(node, ast.Constant) and type(node.value) in (int, float) and cast("float", node.value) < 0
    )


def local_names(function: FunctionNode) -> set[str]:
    """Returns the names that the function binds anywhere: parameters, locals, loop variables."""
    parameters = {node.arg for node in walk(function) if isinstance(node, ast.arg)}
    return parameters | stored_names(function)


def stored_names(node: ast.AST) -> set[str]:
    """Returns the names that are assigned to anywhere in the tree."""
    return {
        child.id for child in walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    }


def names_read(expression: ast.AST) -> set[str]:
    """Returns the names that an expression takes from around it."""
    read = {child.id for child in walk(expression) if isinstance(child, ast.Name)}
    return read - stored_names(expression)
