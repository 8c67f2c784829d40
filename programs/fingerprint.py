"""A canonical fingerprint: equal for functions that differ only in what cannot change their results.

Names of locals, parameters and the function itself, comments, docstrings and formatting do not matter.
Everything else does: two fingerprints are equal only for programs that are equal up to a consistent
renaming of local names. Where names may matter after all (classes, reflection), all of them do.
"""

from __future__ import annotations

import ast
import hashlib
import symtable
from collections.abc import Iterator

from programs.code_manipulation import FunctionNode, is_docstring, parse

# Through these a program can read its own names or docstring.
_REFLECTION = frozenset(("locals", "vars", "dir", "eval", "exec", "globals", "inspect", "sys"))


def fingerprint(source: str) -> str:
    """Returns the SHA-256 (hexadecimal) of the canonical form of `source`, a function or a module.

    Raises:
        ProgramSyntaxError: `source` is not Python.
    """
    tree = parse(source)
    if not _may_read_its_names(tree):
        tree = _Canonicalizer(_names_that_matter(source, tree)).visit(tree)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _may_read_its_names(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef():
                return True
            case ast.Name(id=name) | ast.alias(name=name) if name in _REFLECTION:
                return True
            case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("__"):
                return True
    return False


def _names_that_matter(source: str, tree: ast.Module) -> set[str]:
    """Returns names taken from outside (`np`, `len`, ...), and those bound other than by assignment."""
    module = symtable.symtable(source, "<candidate>", "exec")
    symbols = [symbol for scope in _scopes(module) for symbol in scope.get_symbols()]
    global_names = {symbol.get_name() for symbol in symbols if symbol.is_global()}
    return (global_names - _functions_of(module)) | set(_names_bound_by_form(tree))


def _functions_of(module: symtable.SymbolTable) -> set[str]:
    return {child.get_name() for child in module.get_children() if child.get_type() == "function"}


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _names_bound_by_form(tree: ast.Module) -> Iterator[str]:
    """Yields names that are texts in the tree: imports, keywords, keyword-only parameters, match captures."""
    for node in ast.walk(tree):
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


class _Canonicalizer(ast.NodeTransformer):
    """Renames local names to their order of appearance and drops docstrings."""

    def __init__(self, kept: set[str]) -> None:
        self._kept = kept
        self._names: dict[str, str] = {}

    def _canonical(self, name: str) -> str:
        if name in self._kept:
            return name
        return self._names.setdefault(name, f"${len(self._names)}")  # `$` cannot clash with a Python name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._canonical(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._canonical(node.arg)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._visit_function(node)

    def _visit_function(self, node: FunctionNode) -> ast.AST:
        node.name = self._canonical(node.name)
        if is_docstring(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._canonical(name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Nonlocal:
        node.names = [self._canonical(name) for name in node.names]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = node.name and self._canonical(node.name)
        return self.generic_visit(node)
