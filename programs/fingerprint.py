"""A canonical fingerprint: equal for functions that differ only in what cannot change their results.

Names of locals, parameters and the function itself, comments, docstrings, annotations and formatting do
not matter. Everything else does: two fingerprints are equal only for programs that are equal up to a
consistent renaming of local names.
"""

from __future__ import annotations

import ast
import hashlib
import symtable
from collections.abc import Iterator

from programs.code_manipulation import FunctionNode, is_docstring, parse


def fingerprint(source: str) -> str:
    """Returns the SHA-256 (hexadecimal) of the canonical form of `source`, a function or a module.

    Raises:
        ProgramSyntaxError: `source` is not Python.
    """
    tree = parse(source)
    kept = _names_that_matter(source) | _keyword_names(tree)
    canonical = _Canonicalizer(kept).visit(tree)
    return hashlib.sha256(ast.dump(canonical).encode()).hexdigest()


def _names_that_matter(source: str) -> set[str]:
    """Returns the names that some inner scope takes from outside the source: `np`, `len`, ..."""
    module = symtable.symtable(source, "<candidate>", "exec")
    symbols = [symbol for scope in _scopes(module) for symbol in scope.get_symbols()]
    global_names = {symbol.get_name() for symbol in symbols if symbol.is_global()}
    return global_names - _functions_of(module)


def _functions_of(module: symtable.SymbolTable) -> set[str]:
    return {child.get_name() for child in module.get_children() if child.get_type() == "function"}


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _keyword_names(tree: ast.AST) -> set[str]:
    """Returns names passed as `name=...`: renaming a parameter would part it from its callers."""
    return {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg is not None}


class _Canonicalizer(ast.NodeTransformer):
    """Renames local names to their order of appearance and drops docstrings and annotations."""

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

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg, node.annotation = self._canonical(node.arg), None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._visit_function(node)

    def _visit_function(self, node: FunctionNode) -> ast.AST:
        node.name, node.returns = self._canonical(node.name), None
        if is_docstring(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None or not isinstance(node.target, ast.Name):
            return self.generic_visit(node)
        return self.generic_visit(ast.Assign(targets=[node.target], value=node.value))

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._canonical(name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Nonlocal:
        node.names = [self._canonical(name) for name in node.names]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = node.name and self._canonical(node.name)
        return self.generic_visit(node)
