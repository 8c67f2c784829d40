"""Reads syntax trees of functions: the places in them, their numbers, their names, their size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from programs.code_manipulation import FunctionNode


@dataclass(frozen=True)
class Slot:
    """A place in a tree that holds an expression: a field of `parent`, or one entry of a list in it."""

    parent: ast.AST
    field: str
    index: int | None

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


def own_slots(node: ast.AST) -> Iterator[Slot]:
    """Yields the places directly in `node` that hold a value that may be replaced by another."""
    match node:
        case ast.Return() | ast.Assign() | ast.AugAssign() if node.value is not None:
            yield Slot(node, "value", None)
        case ast.BinOp():
            yield Slot(node, "left", None)
            yield Slot(node, "right", None)
        case ast.UnaryOp():
            yield Slot(node, "operand", None)
        case ast.Compare():
            yield Slot(node, "left", None)
            yield from (Slot(node, "comparators", index) for index in range(len(node.comparators)))
        case ast.Call():
            yield from (
                Slot(node, "args", index) for index in range(len(node.args)) if _is_value(node.args[index])
            )
        case ast.IfExp():
            yield Slot(node, "body", None)
            yield Slot(node, "orelse", None)


def slots(function: ast.AST) -> Iterator[Slot]:
    """Yields every such place in the tree."""
    for node in ast.walk(function):
        yield from own_slots(node)


def _is_value(node: ast.expr) -> bool:
    return not isinstance(node, ast.Starred | ast.GeneratorExp)


def numbers(function: FunctionNode) -> Iterator[tuple[ast.Constant, int | float]]:
    """Yields the nodes that hold a number, with it."""
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield node, cast("int | float", node.value)


def names_bound(function: FunctionNode) -> list[str]:
    """Returns the parameters, then the names that straight-line code has bound, in order of appearance."""
    names = [argument.arg for argument in function.args.args]
    for statement in function.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names.append(statement.targets[0].id)
    return list(dict.fromkeys(names))


def expressions_over(function: FunctionNode, known: set[str]) -> list[ast.expr]:
    """Returns the function's expressions whose local names are all among `known`."""
    unknown = _local_names(function) - known
    return [slot.value for slot in slots(function) if not _names_in(slot.value) & unknown]


def size(node: ast.AST) -> int:
    """Returns how many expressions the tree has once written out and read again."""
    return sum(1 + _is_negative(child) for child in ast.walk(node) if isinstance(child, ast.expr))


def _is_negative(node: ast.expr) -> bool:
    """Returns whether the node is a number that is read as the negation of another."""
    return (
        isinstance(node, ast.Constant) and type(node.value) in (int, float) and cast("float", node.value) < 0
    )


def _local_names(function: FunctionNode) -> set[str]:
    parameters = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return parameters | {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _names_in(expression: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
