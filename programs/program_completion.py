"""A program of somebody else's hand, made whole: its file may hold no more than the function to evolve."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from programs.code_manipulation import FunctionNode, Program, lines_of, rename
from programs.specification import Specification


def completed(specification: Specification, text: str) -> str:
    """Returns a program with what it lacks of the specification around the function to evolve.

    Imports and whatever else it does not define come before it. Functions of the specification that it
    defines as well come after it, so that the specification's count: only the function to evolve, and its
    helpers, are the program's own.

    Raises:
        ProgramSyntaxError: `text` is not Python, or lacks the function to evolve.
    """
    text = _under_its_name(text, specification.function_to_evolve)
    program = Program(text)
    program.function_node(specification.function_to_evolve)
    own = set(_names(program.tree.body))
    fixed = [
        node
        for node in specification.program.tree.body
        if not _is_named(node, specification.function_to_evolve) and not _is_docstring_or_future(node)
    ]
    before = [node for node in fixed if not own.issuperset(_names([node]))]
    after = [node for node in fixed if node not in before and isinstance(node, FunctionNode)]
    futures = [node for node in program.tree.body if _is_future(node)]
    body = [node for node in program.tree.body if not _is_future(node)]
    around = specification.program.text
    parts = [
        *_texts(futures, text), *_texts(before, around), *_texts(body, text), *_texts(after, around),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _under_its_name(text: str, name: str) -> str:
    """Returns the text with the function under its own name where it has that of a version, `name_v2`."""
    versions = re.compile(rf"{re.escape(name)}_v[0-9]{{1,4}}")
    defined = [node.name for node in Program(text).tree.body if isinstance(node, FunctionNode)]
    found = [each for each in defined if versions.fullmatch(each)]
    return rename(text, found[0], name) if name not in defined and len(found) == 1 else text


def _texts(nodes: Iterable[ast.stmt], text: str) -> list[str]:
    """Returns the lines of each statement, its decorators included; statements on one line come once."""
    lines, found, written = lines_of(text), [], 0
    for node in nodes:
        decorators = getattr(node, "decorator_list", [])
        first = min(part.lineno for part in [node, *decorators])
        last = node.end_lineno or node.lineno
        if last > written:
            found.append("".join(lines[max(first - 1, written) : last]).rstrip())
            written = last
    return found


def _names(nodes: Iterable[ast.stmt]) -> Iterable[str]:
    """Yields the names that statements bind at the top level."""
    for node in nodes:
        if isinstance(node, FunctionNode | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_named(node: ast.stmt, name: str) -> bool:
    return isinstance(node, FunctionNode) and node.name == name


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_docstring_or_future(node: ast.stmt) -> bool:
    return _is_future(node) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
