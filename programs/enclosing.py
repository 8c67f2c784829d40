"""Makes one function of a whole module: what it needs beside it moves into it."""

from __future__ import annotations

import ast
import copy

from programs.code_manipulation import Function, Program, is_docstring


def enclosed(program: Program, name: str) -> Function:
    """Returns the top-level function `name` with the module's imports, constants and helpers inside it.

    They come first in its body, after the docstring, in their order; so it may be moved to another module.
    What a module does when it is run as a script, its own docstring and prints are left out.

    Raises:
        ProgramSyntaxError: The program has no such function.
    """
    node = program.function_node(name)
    others = [statement for statement in program.tree.body if statement is not node and _is_needed(statement)]
    if not others:
        return program.function(name)
    has_docstring = is_docstring(node.body[0])
    head, body = (node.body[:1], node.body[1:]) if has_docstring else ([], node.body)
    whole = copy.copy(node)  # the program's tree is shared
    whole.body, whole.decorator_list = [*head, *others, *body], []
    return Function(name, ast.unparse(ast.fix_missing_locations(whole)) + "\n")


def without_unused_imports(text: str) -> str:
    """Returns the program without its top-level imports of names that nothing in it reads."""
    program = Program(text)
    read = {node.id for node in ast.walk(program.tree) if isinstance(node, ast.Name)}
    lines = text.splitlines(keepends=True)
    for node in program.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and _module(node) != "__future__":
            kept = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in read]
            if len(kept) < len(node.names):
                node.names = kept
                new = [ast.unparse(node) + "\n"] if kept else []
                last = node.end_lineno or node.lineno
                lines[node.lineno - 1 : last] = [*new, *[""] * (last - node.lineno + 1 - len(new))]
    return "".join(lines)


def _is_needed(statement: ast.stmt) -> bool:
    match statement:
        case ast.ImportFrom(module="__future__"):
            return False
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign() | ast.AnnAssign():
            return True
        case _:
            return False


def _module(node: ast.Import | ast.ImportFrom) -> str | None:
    return node.module if isinstance(node, ast.ImportFrom) else None
