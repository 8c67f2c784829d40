"""What a tool's function takes, read from its text: importing a tool would be running it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from programs.code_manipulation import parse


@dataclass(frozen=True)
class Parameter:
    """One parameter; `annotation` is its text, or None."""

    name: str
    annotation: str | None
    required: bool


@dataclass(frozen=True)
class Signature:
    """A function's parameters, its signature as text and its docstring."""

    parameters: tuple[Parameter, ...]
    text: str
    documentation: str


def read_signature(source: str, function: str) -> Signature:
    """Returns the signature of the top-level `function` in `source`.

    Raises:
        ValueError: The source is not Python, does not define the function, or the function has parameters
            that no caller can name (positional-only, *args, **kwargs).
    """
    node = _find(parse(source), function)
    arguments = node.args
    if arguments.posonlyargs or arguments.vararg or arguments.kwarg:
        raise ValueError(
            f"source: def {function}({ast.unparse(arguments)}): expected parameters that a caller can name, "
            "found positional-only, * or ** ones"
        )
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Signature(
        parameters=_parameters(arguments),
        text=f"({ast.unparse(arguments)}){returns}",
        documentation=ast.get_docstring(node) or "",
    )


def require_tool(source: str, function: str) -> None:
    """Raises `ValueError` where the function can be read, and is still none that a tool may have.

    A schema needs every parameter annotated, and a call must end with one value.
    """
    node = _find(parse(source), function)
    bare = [p.name for p in _parameters(node.args) if p.annotation is None]
    head = f"source: def {function}({ast.unparse(node.args)})"
    if bare:
        raise ValueError(
            f"{head:.500}: expected an annotation for every parameter, found none for {', '.join(bare)}"
        )
    if _yields(node.body):
        raise ValueError(
            f"{head:.500}: expected a function that returns its value, found a generator (it yields)"
        )


def _find(tree: ast.Module, function: str) -> ast.FunctionDef:
    """Returns the definition of the function; of statements that bind one name the last counts."""
    for node in reversed(tree.body):
        if function in _bound(node) and not _wraps(node, function):
            if isinstance(node, ast.FunctionDef):
                return node
            raise ValueError(
                f"function {function!r}: expected a plain `def` in the source, found {_kind(node)}"
            )
    names = ", ".join(node.name for node in tree.body if isinstance(node, ast.FunctionDef)) or "no function"
    raise ValueError(f"function {function!r}: expected its definition in the source, found {names}")


def _bound(node: ast.stmt) -> set[str]:
    """Returns the names that a statement binds at its own level, as far as its kind tells."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name for alias in names}
    return set()


def _wraps(node: ast.stmt, function: str) -> bool:
    """Returns whether a statement makes a function anew of itself: `f = cache(f)`."""
    call = node.value if isinstance(node, ast.Assign) else None
    return isinstance(call, ast.Call) and any(
        isinstance(part, ast.Name) and part.id == function for part in call.args
    )


def _kind(node: ast.stmt) -> str:
    match node:
        case ast.AsyncFunctionDef():
            return "an async one"
        case ast.ClassDef():
            return "a class"
        case ast.Assign(value=ast.Lambda()) | ast.AnnAssign(value=ast.Lambda()):
            return "a lambda"
        case ast.Import() | ast.ImportFrom():
            return "an import"
    return "an assignment"


def _yields(body: Sequence[ast.AST]) -> bool:
    """Returns whether the code itself yields, and not just a function or class within it."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, inner):
            waiting += ast.iter_child_nodes(node)
    return False


def _parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    first_default = len(arguments.args) - len(arguments.defaults)
    named = [_parameter(a, required=n < first_default) for n, a in enumerate(arguments.args)]
    only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return (*named, *(_parameter(argument, required=default is None) for argument, default in only))


def _parameter(argument: ast.arg, *, required: bool) -> Parameter:
    annotation = ast.unparse(argument.annotation) if argument.annotation else None
    return Parameter(argument.arg, annotation, required)
