"""Which names of a plan stand for what: its own, Python's, and those that somebody else must answer for."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator, Mapping, Sequence

TOOL_ERROR = "ToolError"  # what a failed call raises within a plan
ASK_USER = "ask_user"
INPUT = "input"  # what Python calls it
KNOWN = frozenset(dir(builtins)) | {TOOL_ERROR, ASK_USER, "__file__", "__annotations__"}
# Functions that call what they are given, and where they are given it.
_TAKES_FIRST = frozenset(
    {"map", "filter", "reduce", "starmap", "takewhile", "dropwhile", "filterfalse", "defaultdict", "partial"}
)
_TAKES_KEY = "key"


class _Plain(ast.NodeTransformer):
    """Drops annotations, which a plan never evaluates."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        value: ast.expr = self.visit(node.value)
        return ast.Assign([node.target], value)


def unresolved(source: str) -> frozenset[str]:
    """Returns the global names that a plan reads, and that neither it nor Python defines.

    Args:
        source: That can be parsed.
    """
    plain = ast.fix_missing_locations(_Plain().visit(ast.parse(source)))
    top = symtable.symtable(ast.unparse(plain), "<plan>", "exec")
    bound = {symbol.get_name() for symbol in top.get_symbols() if _is_bound(symbol)}
    read: set[str] = set()
    for scope in _scopes(top):
        for symbol in scope.get_symbols():
            if scope is top or symbol.is_global():
                if _is_bound(symbol):
                    bound.add(symbol.get_name())
                if symbol.is_referenced():
                    read.add(symbol.get_name())
    return frozenset(read - bound)


def bound_in(node: ast.AST) -> tuple[str, ...]:
    """Returns the names that a statement binds in its own scope, in order of their first binding."""
    return tuple(dict.fromkeys(_bound(node)))


def read_in(node: ast.AST) -> tuple[str, ...]:
    """Returns the names that a statement reads, in order."""
    names = (found.id for found in ast.walk(node) if isinstance(found, ast.Name) and not _stores(found))
    return tuple(dict.fromkeys(names))


def called_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yields each name that is called, with the call.

    It may be called by a function that is given it: of `sorted(words, key=f)` that is f, with that call.
    """
    callers = _callers(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            yield node.func.id, node
        yield from ((name.id, node) for name in _handed_over(node, callers))


def is_handed_over(name: str, call: ast.Call) -> bool:
    """Tells whether a call hands a function over instead of calling it."""
    return not (isinstance(call.func, ast.Name) and call.func.id == name)


def _callers(tree: ast.AST) -> dict[str, tuple[tuple[str, bool], ...]]:
    """Returns the plan's own functions with their parameters, and whether they call these."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            called = {name for entry in ast.walk(node) if (name := _called_name(entry))}
            names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            found[node.name] = tuple((name, name in called) for name in names)
    return found


def _handed_over(call: ast.Call, callers: Mapping[str, Sequence[tuple[str, bool]]]) -> Iterator[ast.Name]:
    taker = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    takes = callers.get(_called_name(call), ())
    keys = {_TAKES_KEY, *(name for name, is_called in takes if is_called)}
    given = [word.value for word in call.keywords if word.arg in keys]
    given += [node for node, (_, is_called) in zip(call.args, takes, strict=False) if is_called]
    if taker in _TAKES_FIRST:
        given += call.args[:1]
    for node in given:
        if isinstance(node, ast.Name):
            yield node


def _called_name(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _scopes(scope: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield scope
    for child in scope.get_children():
        yield from _scopes(child)


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        walrus = (found.target for found in ast.walk(node) if isinstance(found, ast.NamedExpr))
        yield from (target.id for target in walrus)
        return
    if isinstance(node, ast.Name) and _stores(node):
        yield node.id
    if isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
