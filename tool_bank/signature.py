"""What a tool's function takes, read from its text: importing a tool would be running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from programs.code_manipulation import parse


@dataclass(frozen=True)
class Parameter:
    """One parameter; `annotation` is its text, or None."""

    name: str
    annotation: str | None
    required: bool

    @property
    def is_array(self) -> bool:
        """Returns whether the annotation asks for a numpy array."""
        return self.annotation is not None and ("ndarray" in self.annotation or "NDArray" in self.annotation)


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
            f"{function}({ast.unparse(arguments)}): expected parameters that a caller can name, "
            "found positional-only, * or ** ones"
        )
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Signature(
        parameters=_parameters(arguments),
        text=f"({ast.unparse(arguments)}){returns}",
        documentation=ast.get_docstring(node) or "",
    )


def _find(tree: ast.Module, function: str) -> ast.FunctionDef:
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for node in reversed(found):  # of two definitions Python keeps the last
        if node.name == function:
            return node
    names = ", ".join(node.name for node in found) or "no function"
    raise ValueError(f"function {function!r}: expected its definition in the source, found {names}")


def _parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    first_default = len(arguments.args) - len(arguments.defaults)
    named = [_parameter(a, required=n < first_default) for n, a in enumerate(arguments.args)]
    only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return (*named, *(_parameter(argument, required=default is None) for argument, default in only))


def _parameter(argument: ast.arg, *, required: bool) -> Parameter:
    annotation = ast.unparse(argument.annotation) if argument.annotation else None
    return Parameter(argument.arg, annotation, required)
