"""A canonical fingerprint: equal for functions that differ only in what cannot change their results.

Names of locals, parameters and the function itself, comments, docstrings and formatting do not matter.
Everything else does: two fingerprints are equal only for programs that are equal up to a consistent
renaming of local names. Where names may matter after all (classes, reflection), all of them do.
"""

from __future__ import annotations

import ast
import hashlib
import symtable
from collections.abc import Iterator, Sequence
from functools import lru_cache

from programs.code_manipulation import Function, FunctionNode, is_docstring, parse
from programs.evolve_block import Block

# Through these a program can read its own names or docstring.
_REFLECTION = frozenset(("locals", "vars", "dir", "eval", "exec", "globals", "inspect", "sys"))

# The field of each kind of node that holds a name of the program's own choosing.
_NAME_FIELDS = {
    ast.Name: "id",
    ast.arg: "arg",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.Global: "names",
    ast.Nonlocal: "names",
    ast.ExceptHandler: "name",
}


def fingerprint(program: str | Function | Block) -> str:
    """Returns the SHA-256 (hexadecimal) of the canonical form of a function, a block or a module's text.

    Of a block it is that of the whole program, all its top-level names kept: others may call them.

    Raises:
        ProgramSyntaxError: The text is not Python.
    """
    return hashlib.sha256("\n".join(_whole_form(program)).encode(errors="surrogatepass")).hexdigest()


def evolved_parts(program: Function | Block) -> Sequence[str]:
    """Returns the canonical form of a function, or of the statements of a program that a block reaches into.

    Raises:
        ProgramSyntaxError: The text is not Python.
    """
    if not isinstance(program, Block):
        return _whole_form(program)
    statements, kept = _statements_and_kept_names(program)
    lines = list(program.line_ranges)
    evolved = [node for node in statements if any(_reaches_into(node, each) for each in lines)]
    return _parts(evolved, kept)


@lru_cache(8)  # the novelty filter asks for it again right after the fingerprint
def _whole_form(program: str | Function | Block) -> tuple[str, ...]:
    return tuple(_parts(*_statements_and_kept_names(program)))


def _reaches_into(node: ast.stmt, lines: range) -> bool:
    return node.lineno < lines.stop and (node.end_lineno or node.lineno) >= lines.start


def _parts(statements: Sequence[ast.stmt], kept: set[str] | None) -> list[str]:
    canonical = _CanonicalText(kept)
    for statement in statements:
        canonical.add(statement)
    return canonical.parts


def _statements_and_kept_names(
    program: str | Function | Block,
) -> tuple[Sequence[ast.stmt], set[str] | None]:
    """Returns the top-level statements, and the names that stay as they are (None: every name)."""
    if isinstance(program, Function):
        statements: Sequence[ast.stmt] = [program.node]
        source = program.source
    elif isinstance(program, Block):
        statements, source = program.program.tree.body, program.program.text
    else:
        statements, source = parse(program).body, program
    nodes = [node for statement in statements for node in ast.walk(statement)]
    kept = None if _may_read_its_names(nodes) else _names_that_matter(source, nodes)
    if kept is not None and isinstance(program, Block):
        kept |= {node.name for node in nodes if isinstance(node, FunctionNode)}
    return statements, kept


def _may_read_its_names(nodes: Sequence[ast.AST]) -> bool:
    for node in nodes:
        match node:
            case ast.ClassDef():
                return True
            case ast.Name(id=name) | ast.alias(name=name) if name in _REFLECTION:
                return True
            case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("__"):
                return True
    return False


def _names_that_matter(source: str, nodes: Sequence[ast.AST]) -> set[str]:
    """Returns names taken from outside (`np`, `len`, ...), and those bound other than by assignment."""
    module = symtable.symtable(source, "<candidate>", "exec")
    symbols = [symbol for scope in _scopes(module) for symbol in scope.get_symbols()]
    global_names = {symbol.get_name() for symbol in symbols if symbol.is_global()}
    return (global_names - _functions_of(module)) | set(_names_bound_by_form(nodes))


def _functions_of(module: symtable.SymbolTable) -> set[str]:
    return {child.get_name() for child in module.get_children() if child.get_type() == "function"}


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _names_bound_by_form(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yields names that are texts in the tree: imports, keywords, keyword-only parameters, match captures."""
    for node in nodes:
        match node:
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.keyword(arg=str() as name):
                yield name
            case ast.arguments(kwonlyargs=arguments):
                yield from (argument.arg for argument in arguments)
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                yield name
            case ast.MatchMapping(rest=str() as name):
                yield name


class _CanonicalText:
    """The parts of a tree's text, local names replaced by their order of appearance, docstrings dropped.

    Args:
        kept: Names that stay as they are; None keeps every name, and the docstrings too.
    """

    def __init__(self, kept: set[str] | None) -> None:
        self.parts: list[str] = []
        self._kept = kept
        self._names: dict[str, str] = {}

    def add(self, node: ast.AST) -> None:
        """Adds a node and all below it, depth first."""
        self.parts.append(type(node).__name__)
        named = _NAME_FIELDS.get(type(node))
        for field in node._fields:
            value = getattr(node, field, None)
            if field == named and value is not None:
                self._add_names(value)
            elif isinstance(value, list):
                self._add_list(self._without_docstring(node, value) if field == "body" else value)
            elif isinstance(value, ast.AST):
                self.add(value)
            else:
                self.parts.append(repr(value))

    def _add_list(self, values: Sequence[object]) -> None:
        self.parts.append(f"[{len(values)}")
        for value in values:
            if isinstance(value, ast.AST):
                self.add(value)
            else:
                self.parts.append(repr(value))

    def _add_names(self, names: str | Sequence[str]) -> None:
        for name in [names] if isinstance(names, str) else names:
            self.parts.append(self._canonical(name))

    def _canonical(self, name: str) -> str:
        if self._kept is None or name in self._kept:
            return name
        return self._names.setdefault(name, f"${len(self._names)}")  # `$` cannot clash with a Python name

    def _without_docstring(self, node: ast.AST, body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
        if self._kept is not None and isinstance(node, FunctionNode) and is_docstring(body[0]):
            return body[1:] or [ast.Pass()]
        return body
