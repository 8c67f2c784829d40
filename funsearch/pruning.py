"""Takes out of a grown function whatever it does not need: mutation leaves parts that no example asks about.

A term that is random and unneeded is right by luck: `x if x == 6 else x + x` meets every example of doubling
in which there is no 6. So each expression is tried with one of its own parts in its place, and each statement
left out, as long as what is shorter is still right (delta debugging, Zeller and Hildebrandt, TSE 2002).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from itertools import islice

from programs import Function, ProgramSyntaxError
from programs.code_manipulation import is_docstring

TRIES = 300  # of shorter functions, each of which is run
MOST_VARIANTS = 1000  # of one function, of which those that lose most are tried first


def pruned(function: Function, is_right: Callable[[Function], bool], tries: int = TRIES) -> Function:
    """Returns the shortest function that was found by leaving parts out, one after the other.

    Args:
        function: A right one.
        is_right: Tells whether another is.
        tries: How many others are looked at.
    """
    best, left = function, tries
    while left > 0:
        for shorter in _shorter(best):
            left -= 1
            if is_right(shorter):
                best = shorter
                break
            if left <= 0:
                return best
        else:
            return best
    return best


def _shorter(function: Function) -> Iterator[Function]:
    """Yields functions with one part less, those that lose most first."""
    tree = ast.parse(function.source)
    made = sorted(
        {ast.unparse(other) for other in islice(_variants(tree), MOST_VARIANTS)},
        key=lambda text: (len(text), text),
    )
    before = len(ast.unparse(tree))
    for text in made:
        if len(text) < before:
            try:
                yield Function.from_text(f"{text}\n")
            except ProgramSyntaxError:
                continue


def _variants(tree: ast.Module) -> Iterator[ast.Module]:
    for number, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            parts = [part for part in ast.walk(node) if isinstance(part, ast.expr) and part is not node]
            for part in parts:
                if isinstance(getattr(part, "ctx", ast.Load()), ast.Load):
                    yield _replaced(tree, number, part)
        elif isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.Return):
            inner = [] if is_docstring(node) else [getattr(node, "body", []), getattr(node, "orelse", [])]
            for body in [*filter(None, inner), [ast.Pass()]] if inner else ():
                yield _replaced(tree, number, body)


def _replaced(tree: ast.Module, number: int, by: ast.expr | list[ast.stmt]) -> ast.Module:
    """Returns a copy of a tree with something else in the place of its node of that number."""
    copied = copy.deepcopy(tree)
    target = next(node for place, node in enumerate(ast.walk(copied)) if place == number)
    _Replacing(target, copy.deepcopy(by)).visit(copied)
    return ast.fix_missing_locations(copied)


class _Replacing(ast.NodeTransformer):
    def __init__(self, target: ast.AST, by: ast.expr | list[ast.stmt]) -> None:
        self._target = target
        self._by = by

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        """Returns what stands in the place of a node."""
        found: ast.AST | list[ast.stmt] = self._by if node is self._target else self.generic_visit(node)
        return found
