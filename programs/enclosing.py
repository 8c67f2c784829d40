"""Makes one function of a whole module: what it needs beside it moves into it."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from programs.code_manipulation import (
    Function,
    FunctionNode,
    Program,
    ProgramSyntaxError,
    is_docstring,
    lines_of,
)

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_MAKER = "_made"
_PRINTING = frozenset({"print", "input"})


def enclosed(program: Program, name: str) -> Function:
    """Returns the top-level function `name` with the imports, constants and helpers that it needs inside it.

    They come first in its body, after the docstring, in their order; so it may be moved to another module.
    Where that could change what it does (it calls itself, is cached, says `global`, or has a name of its own
    that they have too), it stands among them as it was, and is called. What calls it, prints, or is not
    needed is left out: what a module does when it is run as a script.

    Decorators stay that come from functools or from the module. `from x import *` becomes an import of the
    names that nothing else defines where it is the only one, and is left out otherwise.

    Raises:
        ProgramSyntaxError: The program has no such function, or one that cannot be moved.
    """
    program.function_node(name)
    try:
        return _enclosed(program, name)
    except ProgramSyntaxError:
        raise
    except (SyntaxError, ValueError, RecursionError) as error:  # what can be parsed and not be written again
        raise ProgramSyntaxError(f"function {name!r}: cannot be moved: {error}") from error


def _enclosed(program: Program, name: str) -> Function:
    body = Program(program.text).tree.body  # a tree of its own, to be changed
    module = _Module(body, name)
    if not module.needed and not module.decorators:
        return program.function(name)
    others = [piece.node for piece in module.needed]
    shared = {bound for piece in module.needed for bound in piece.binds}
    for node in [*others, module.node]:
        _share_globals(node, shared)
    if any(_module(node) == "__future__" for node in body):  # annotations that are not evaluated
        for node in others:
            _quote_all(node)
    whole = _whole(module, others, shared)
    return Function.from_text(ast.unparse(ast.fix_missing_locations(whole)) + "\n")


def without_unused_imports(text: str) -> str:
    """Returns the program without its top-level imports of names that nothing in it reads."""
    program = Program(text)
    read = {node.id for node in ast.walk(program.tree) if isinstance(node, ast.Name)} | {"*"}
    lines = lines_of(text)
    for node in program.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and _module(node) != "__future__":
            kept = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in read]
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            is_alone = sum(other.lineno <= last and node.lineno <= _end(other) for other in program.tree.body)
            if len(kept) < len(node.names) and is_alone == 1:
                node.names = kept
                new = [ast.unparse(node) + "\n"] if kept else []
                lines[first:last] = [*new, *[""] * (last - first - len(new))]
    return "".join(lines)


@dataclass(frozen=True)
class _Piece:
    """One top-level statement, and the module's names that it reads and binds."""

    node: ast.stmt

    @cached_property
    def _tables(self) -> list[symtable.SymbolTable]:
        tables = [symtable.symtable(ast.unparse(self.node), "<statement>", "exec")]
        for table in tables:
            tables += table.get_children()
        return tables

    @cached_property
    def reads(self) -> set[str]:
        top, *inner = self._tables
        own = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
        return own | {s.get_name() for table in inner for s in table.get_symbols() if s.is_global()}

    @cached_property
    def binds(self) -> set[str]:
        symbols = self._tables[0].get_symbols()
        return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}

    @cached_property
    def own(self) -> set[str]:
        """Names that a function's body binds."""
        name = getattr(self.node, "name", "")
        inside = [table for table in self._tables[0].get_children() if table.get_name() == name]
        return {symbol.get_name() for table in inside for symbol in table.get_symbols() if symbol.is_local()}

    def says_global(self) -> bool:
        return any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(self.node))


class _Module:
    """The top-level statements of a program, and which of them one of its functions needs."""

    def __init__(self, body: Sequence[ast.stmt], name: str) -> None:
        pieces = [_Piece(node) for node in body if not _is_left_out(node)]
        same = [piece for piece in pieces if isinstance(piece.node, FunctionNode) and piece.node.name == name]
        self.name = name
        self.main = same[-1]
        self._others = [piece for piece in pieces if name not in piece.binds and not self._is_a_try(piece)]
        self.decorators = self._kept_decorators()
        self.node.decorator_list = self.decorators
        self.main = _Piece(self.node)
        needed = self._needed()
        self.needed = [*self._named_star(needed), *needed]

    @property
    def node(self) -> FunctionNode:
        assert isinstance(self.main.node, FunctionNode)
        return self.main.node

    def _is_a_try(self, piece: _Piece) -> bool:
        """Returns whether a statement only tries the function out, or prints."""
        return not isinstance(piece.node, _DEFINITIONS) and bool(piece.reads & {self.name, *_PRINTING})

    def _kept_decorators(self) -> list[ast.expr]:
        known = {"functools"}
        for piece in self._others:
            if isinstance(piece.node, FunctionNode | ast.ClassDef) or (
                isinstance(piece.node, ast.Import | ast.ImportFrom) and _module(piece.node) == "functools"
            ):
                known |= piece.binds
        return [entry for entry in self.node.decorator_list if _root(entry) in known]

    def _named_star(self, needed: Sequence[_Piece]) -> list[_Piece]:
        """Returns the only star import, if there is one, with the names that are defined nowhere else."""
        read = {name for piece in (self.main, *needed) for name in piece.reads}
        bound = {name for piece in (self.main, *needed) for name in piece.binds}
        missing = sorted(name for name in read - bound - set(dir(builtins)) if not name.startswith("__"))
        stars = [piece.node for piece in self._others if _is_star(piece.node)]
        named = [node for node in stars if isinstance(node, ast.ImportFrom) and node.module != "typing"]
        if len(named) != 1 or not missing:
            return []
        aliases = [ast.alias(name) for name in missing]
        return [_Piece(ast.ImportFrom(named[0].module, aliases, named[0].level))]

    def _needed(self) -> list[_Piece]:
        """Returns the statements that bind what the function reads, or change it, and what these read."""
        needed: list[_Piece] = []
        found = [self.main]
        while found:
            needed += found
            names = {name for piece in needed for name in piece.reads}
            values = {
                name for piece in needed if isinstance(piece.node, ast.Assign | ast.AnnAssign)
                for name in piece.binds
            }  # fmt: skip
            found = [
                piece
                for piece in self._others
                if piece not in needed and (piece.binds & names or _may_change(piece, values))
            ]
        return [piece for piece in self._others if piece in needed]


def _whole(module: _Module, others: list[ast.stmt], shared: set[str]) -> FunctionNode:
    """Returns the function that holds the others."""
    node = module.node
    own = module.main.own
    pieces = module.needed
    has_state = any(not isinstance(piece.node, ast.Import | ast.ImportFrom) for piece in pieces)
    calls_itself = any(module.name in piece.reads for piece in (*pieces, module.main))
    mixes = bool(own & {name for piece in pieces for name in piece.reads | piece.binds})
    is_nested = bool(module.decorators) or mixes or module.main.says_global() or (has_state and calls_itself)
    head, body = (node.body[:1], node.body[1:]) if is_docstring(node.body[0]) else ([], node.body)
    inside = _nested(node, body, others, shared) if is_nested else [*others, *body]
    kind = ast.FunctionDef if is_nested else type(node)
    returns = _quote(node.returns, shared)
    return kind(node.name, _quoted(node.args, shared), [*head, *inside], [], returns)


def _nested(
    node: FunctionNode, body: list[ast.stmt], others: list[ast.stmt], shared: set[str]
) -> list[ast.stmt]:
    """Returns the others, the function as it was, but for its docstring, and a call of it."""
    inner = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(inner, FunctionNode)
    inner.body = body or [ast.Pass()]
    inner.returns = None
    for argument in _arguments(inner):
        argument.annotation = None
    taken = inner.args
    given: list[ast.expr] = [ast.Name(argument.arg) for argument in (*taken.posonlyargs, *taken.args)]
    if taken.vararg:
        given.append(ast.Starred(ast.Name(taken.vararg.arg)))
    named = [ast.keyword(argument.arg, ast.Name(argument.arg)) for argument in taken.kwonlyargs]
    if taken.kwarg:
        named.append(ast.keyword(None, ast.Name(taken.kwarg.arg)))
    called: ast.expr = ast.Name(node.name)
    if not shared & {argument.arg for argument in _arguments(inner)}:
        return [*others, inner, ast.Return(ast.Call(called, given, named))]
    maker = ast.parse(f"def {_MAKER}(): pass").body[0]  # a scope where the parameters are not
    assert isinstance(maker, ast.FunctionDef)
    maker.body = [*others, inner, ast.Return(called)]
    return [maker, ast.Return(ast.Call(ast.Call(ast.Name(_MAKER), [], []), given, named))]


def _quoted(arguments: ast.arguments, shared: set[str]) -> ast.arguments:
    """Returns the parameters, whose annotations are evaluated outside, where `shared` is not known."""
    for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
        if _names(default) & shared:
            raise ProgramSyntaxError(f"default {ast.unparse(default)}: expected a literal")
    copied = ast.parse(f"def f({ast.unparse(arguments)}): pass").body[0]
    assert isinstance(copied, FunctionNode)
    for argument in _arguments(copied):
        argument.annotation = _quote(argument.annotation, shared)
    return copied.args


def _quote(annotation: ast.expr | None, shared: set[str]) -> ast.expr | None:
    is_known = annotation is None or not _names(annotation) & shared
    return annotation if annotation is None or is_known else ast.Constant(ast.unparse(annotation))


def _quote_all(node: ast.stmt) -> None:
    for inner in ast.walk(node):
        for field in ("annotation", "returns"):
            annotation = getattr(inner, field, None)
            if annotation is not None:
                setattr(inner, field, ast.Constant(ast.unparse(annotation)))


def _share_globals(node: ast.stmt, shared: set[str]) -> None:
    """Lets `global` reach the names that are now those of the function around; others stay the module's."""
    for parent in ast.walk(node):
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(parent, field, None)
            if isinstance(statements, list):
                setattr(parent, field, [new for old in statements for new in _shared(old, shared)])


def _shared(statement: ast.stmt, shared: set[str]) -> Iterable[ast.stmt]:
    if not isinstance(statement, ast.Global):
        return [statement]
    inside = [name for name in statement.names if name in shared]
    outside = [name for name in statement.names if name not in shared]
    return [*([ast.Nonlocal(inside)] if inside else []), *([ast.Global(outside)] if outside else [])]


def _is_left_out(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return "__name__" in _names(node.test)
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Assert | ast.Global | ast.Pass | ast.Raise) or is_docstring(node)


def _may_change(piece: _Piece, values: set[str]) -> bool:
    """Returns whether a statement, such as `TABLE.append(1)` or a loop of them, may change a value."""
    only_binds = isinstance(piece.node, (*_DEFINITIONS, ast.Assign, ast.AnnAssign))
    return not only_binds and bool(piece.reads & values)


def _is_star(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _root(node: ast.expr) -> str | None:
    """Returns the name that a dotted name, or a call of one, begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _arguments(node: FunctionNode) -> list[ast.arg]:
    return [entry for entry in ast.walk(node.args) if isinstance(entry, ast.arg)]


def _names(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _module(node: ast.stmt) -> str | None:
    """Returns the module that a statement imports names of."""
    match node:
        case ast.ImportFrom(module=module):
            return module
        case ast.Import(names=[ast.alias(name=module)]):
            return module
    return None
