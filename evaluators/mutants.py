"""Programs with one small bug each: how strong a suite is shows in how many of them it notices."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from evaluators.small_bugs import variants


def mutants_of(source: str, function: str, seed: int, count: int) -> list[str]:
    """Returns up to so many different programs with one small bug each; none without that function.

    Args:
        source: A program.
        function: Its entry; other functions of the program are changed as well.
        seed: Of the choice among all that can be made.
        count: How many.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if function not in (node.name for node in functions):
        return []
    for node in functions:
        _drop_docstring(node)
    found = dict.fromkeys(text for node in functions for text in _changed(tree, node))
    found.pop(ast.unparse(tree), None)
    texts = list(found)
    chosen = np.random.default_rng(seed).permutation(len(texts))[:count]
    return [texts[place] for place in sorted(chosen)]


def _drop_docstring(node: ast.FunctionDef) -> None:
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]


def _changed(tree: ast.Module, function: ast.FunctionDef) -> Iterator[str]:
    """Yields the program once for each change of one node below a function; the tree is as before, then."""
    for owner in list(ast.walk(function)):
        for field, held in ast.iter_fields(owner):
            if isinstance(held, ast.AST):
                for variant in variants(held):
                    yield _text_with(tree, owner, field, variant)
            elif isinstance(held, list):
                for place, node in enumerate(held):
                    for variant in variants(node):
                        yield _text_with(tree, owner, field, [*held[:place], variant, *held[place + 1 :]])


def _text_with(tree: ast.Module, owner: ast.AST, field: str, value: object) -> str:
    before = getattr(owner, field)
    setattr(owner, field, value)
    try:
        return ast.unparse(tree)
    finally:
        setattr(owner, field, before)
