"""Functions of a plan that have no body: a model answers for them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.chain_of_code.expectation import ANY, Expectation
from agent.request import Json
from programs.code_manipulation import is_docstring


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()


class WrongArguments(TypeError):
    """A call does not fit the function's parameters; it is a mistake of the plan's."""


@dataclass(frozen=True)
class Parameters:
    """What a function takes.

    Attributes:
        defaults: By name, in order; `REQUIRED` where there is none.
        is_open: Whether it takes more than that.
    """

    defaults: Mapping[str, object] = field(default_factory=dict)
    is_open: bool = False

    def bind(self, name: str, positional: Sequence[Json], named: Mapping[str, Json]) -> dict[str, Json]:
        """Returns the arguments by name, in the order of the parameters.

        Raises:
            WrongArguments: They do not fit.
        """
        names = list(self.defaults)
        if len(positional) > len(names):
            if not self.is_open:
                raise WrongArguments(f"{name}() takes {len(names)} arguments, found {len(positional)}")
            names += [f"argument{number}" for number in range(len(names) + 1, len(positional) + 1)]
        given = dict(zip(names, positional, strict=False))
        for key, value in named.items():
            if key in given or (key not in names and not self.is_open):
                why = "given twice" if key in given else "unknown"
                raise WrongArguments(f"{name}(): argument {key!r} is {why}")
            given[key] = value
        return self._filled(name, given)

    def _filled(self, name: str, given: dict[str, Json]) -> dict[str, Json]:
        bound: dict[str, Json] = {}
        for key, default in self.defaults.items():
            if key in given:
                bound[key] = given.pop(key)
            elif default is not REQUIRED:
                bound[key] = default
            elif not self.is_open:
                raise WrongArguments(f"{name}(): argument {key!r} is missing")
        return {**bound, **given}


@dataclass(frozen=True)
class SemanticFunction:
    """A function that a model answers for.

    Attributes:
        name: Its name.
        description: Its docstring; "" where there is none.
        parameters: What it takes.
        types: Annotations of its parameters, "" where there is none.
        returns: What it gives, as far as its definition says.
    """

    name: str
    description: str
    parameters: Parameters
    types: Mapping[str, str]
    returns: Expectation = field(default_factory=Expectation)

    @property
    def signature(self) -> str:
        """Such as "(review: str) -> bool"."""
        shown = ", ".join(f"{name}: {kind}" if kind else name for name, kind in self.types.items())
        return f"({shown})" + ("" if self.returns.type == ANY else f" -> {self.returns.type}")


def is_stub(node: ast.FunctionDef) -> bool:
    """Tells whether a function has nothing but a docstring, `...`, `pass` or `raise NotImplementedError`.

    One that gives None by its annotation has nothing to answer, and is none.
    """
    if node.decorator_list or (isinstance(node.returns, ast.Constant) and node.returns.value is None):
        return False
    return all(is_docstring(entry) or _is_empty(entry) for entry in node.body)


def of_stub(node: ast.FunctionDef) -> SemanticFunction:
    """Returns the function that a definition without a body declares."""
    arguments = node.args
    ordered = [*arguments.posonlyargs, *arguments.args]
    required = len(ordered) - len(arguments.defaults)
    values = [REQUIRED] * required + [_default(entry) for entry in arguments.defaults]
    defaults = dict(zip((argument.arg for argument in ordered), values, strict=True))
    for argument, entry in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        defaults[argument.arg] = REQUIRED if entry is None else _default(entry)
    types = {
        argument.arg: ast.unparse(argument.annotation) if argument.annotation else ""
        for argument in [*ordered, *arguments.kwonlyargs]
    }
    is_open = bool(arguments.vararg or arguments.kwarg)
    returns = Expectation(_annotation(node.returns)) if node.returns else Expectation()
    described = ast.get_docstring(node) or ""
    return SemanticFunction(node.name, described, Parameters(defaults, is_open), types, returns)


def function_of_calls(name: str, calls: Sequence[ast.Call]) -> SemanticFunction:
    """Returns a function that is only called; its parameters are named as the first call's arguments are."""
    names: list[str] = []
    for number, node in enumerate(calls[0].args if calls else (), start=1):
        found = _name_of(node) or f"argument{number}"
        names.append(found if found not in names else f"argument{number}")
    return SemanticFunction(
        name, "", Parameters(dict.fromkeys(names or ["argument1"], REQUIRED), is_open=True), {}
    )


def _is_empty(node: ast.stmt) -> bool:
    match node:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ...
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
    return False


def _default(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _annotation(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ast.unparse(node)


def _name_of(node: ast.expr) -> str:
    """Returns what an argument is called where it stands; "" for what has no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        value = node.slice.value
        return value if isinstance(value, str) and value.isidentifier() else ""
    return node.id if isinstance(node, ast.Name) and len(node.id) > 1 else ""
