"""What a node of a program might wrongly be: a boundary off, an operator mistaken, a part forgotten."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

_COMPARED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE), ast.Eq: (ast.NotEq, ast.GtE, ast.LtE), ast.NotEq: (ast.Eq, ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_CALCULATED: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.FloorDiv, ast.Mult), ast.FloorDiv: (ast.Div, ast.Mod), ast.Mod: (ast.FloorDiv, ast.Mult),
    ast.Pow: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.BitXor: (ast.BitOr,),
    ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
}  # fmt: skip
_NAMED = {
    "min": "max", "max": "min", "any": "all", "all": "any", "int": "round", "round": "int", "upper": "lower",
    "lower": "upper", "isupper": "islower", "islower": "isupper", "startswith": "endswith",
    "endswith": "startswith", "lstrip": "rstrip", "rstrip": "lstrip", "strip": "lstrip", "find": "rfind",
    "floor": "ceil", "ceil": "floor", "append": "extend", "isalpha": "isalnum", "isdigit": "isalnum",
}  # fmt: skip
_UNWRAPPED = ("abs", "sorted", "set", "list", "reversed", "int", "round", "str", "float", "tuple")


def variants(node: object) -> Iterator[ast.AST]:
    """Yields what could stand in a node's place, each with one small bug; nothing for what is no node."""
    for kind, make in _VARIANTS.items():
        if isinstance(node, kind):
            yield from make(node)


def _with(node: Node, **fields: object) -> Node:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARED[type(operator)]:
            yield _with(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def _of_calculation(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    for other in _CALCULATED.get(type(node.op), ()):
        yield _with(node, op=other())


def _of_condition(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for place in range(len(node.values)):
        yield _with(node, values=node.values[:place] + node.values[place + 1 :])


def _of_sign(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


def _of_constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, str):
        yield from (ast.Constant(value + "x"), ast.Constant(value[1:] if value else " "))


def _of_branch(node: ast.If | ast.While | ast.IfExp) -> Iterator[ast.AST]:
    yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.If):
        yield _with(node, test=ast.Constant(True))


def _of_comprehension(node: ast.comprehension) -> Iterator[ast.AST]:
    for place, test in enumerate(node.ifs):
        yield _with(node, ifs=node.ifs[:place] + node.ifs[place + 1 :])
        negated = ast.UnaryOp(ast.Not(), test)
        yield _with(node, ifs=[*node.ifs[:place], negated, *node.ifs[place + 1 :]])


def _of_statement(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Expr() | ast.AugAssign() | ast.If(orelse=[]) | ast.Return() | ast.Break() | ast.Assign():
            yield ast.Pass()
        case ast.If(orelse=[*_]):
            yield _with(node, orelse=[])
    match node:
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _of_subscript(node: ast.Subscript) -> Iterator[ast.AST]:
    if isinstance(node.slice, ast.Slice):
        for name in ("lower", "upper", "step"):
            bound = getattr(node.slice, name)
            if bound is not None:
                yield _with(node, slice=_with(node.slice, **{name: None}))
                if name != "step":
                    yield from (_with(node, slice=_with(node.slice, **{name: b})) for b in _shifted(bound))
    elif isinstance(node.ctx, ast.Load):
        yield from (_with(node, slice=index) for index in _shifted(node.slice))


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    match node.func:
        case ast.Name(id="range"):
            for place, bound in enumerate(node.args[:2]):
                for other in _shifted(bound):
                    yield _with(node, args=[*node.args[:place], other, *node.args[place + 1 :]])
        case ast.Name(id=name):
            if name in _UNWRAPPED and len(node.args) >= 1 and not isinstance(node.args[0], ast.Starred):
                yield node.args[0]
            if name in _NAMED:
                yield _with(node, func=ast.Name(_NAMED[name]))
        case ast.Attribute(attr=name, value=value):
            if name in _NAMED:
                yield _with(node, func=_with(node.func, attr=_NAMED[name]))
            if not node.args and not node.keywords:
                yield value


def _shifted(node: ast.expr) -> Iterator[ast.expr]:
    if not isinstance(node, ast.Constant):  # which is changed as the number it is
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))


_VARIANTS: dict[type | tuple[type, ...], Callable[..., Iterator[ast.AST]]] = {
    ast.Compare: _of_comparison,
    (ast.BinOp, ast.AugAssign): _of_calculation,
    ast.BoolOp: _of_condition,
    ast.UnaryOp: _of_sign,
    ast.Constant: _of_constant,
    (ast.If, ast.While, ast.IfExp): _of_branch,
    ast.comprehension: _of_comprehension,
    ast.stmt: _of_statement,
    ast.Subscript: _of_subscript,
    ast.Call: _of_call,
}
