"""What a tool takes and gives, by name and type, read from the text of a signature."""

from __future__ import annotations

import ast
import copy
import keyword
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from programs.code_manipulation import ProgramSyntaxError, lines_of, parse
from programs.value_type import ANY, TypeNotUnderstood, ValueType, parse_type


class SignatureError(ValueError):
    """The text is no signature that a tool may have; the message says what was expected and found."""


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes:
        name: Its name.
        type: What it takes.
        default: Its default value; `REQUIRED` where it has none.
        annotation: Its type as written; None where none was written.
    """

    name: str
    type: ValueType = ANY
    default: object = REQUIRED
    annotation: str | None = None


@dataclass(frozen=True)
class ToolSignature:
    """The parameters of a function and what it returns."""

    parameters: tuple[Parameter, ...]
    returns: ValueType
    text: str

    @classmethod
    def from_text(cls, text: str) -> ToolSignature:
        """Returns the signature that a text such as "(text: str, sep: str = ',') -> int" writes.

        Raises:
            SignatureError: It is no Python, or has parameters that no caller can name, or types that JSON
                cannot carry.
        """
        try:
            return cls.from_node(_head(text.strip()))
        except ProgramSyntaxError as error:
            raise SignatureError(
                f"signature {text!r:.200}: expected a text such as "
                f"\"(text: str, sep: str = ',') -> int\": {error}"
            ) from error
        except TypeNotUnderstood as error:
            raise SignatureError(f"signature {text!r:.200}: {error}") from error

    @classmethod
    def from_node(cls, node: ast.FunctionDef) -> ToolSignature:
        """Returns the signature of a function; what bears no annotation takes anything.

        Raises:
            SignatureError: No caller can name a parameter, or JSON cannot carry a default.
            TypeNotUnderstood: JSON cannot carry a type.
        """
        arguments = node.args
        if arguments.posonlyargs or arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
            raise SignatureError(
                f"signature ({ast.unparse(arguments)}): expected parameters that are given by position or by "
                "name, found positional-only, keyword-only, * or ** ones"
            )
        required = len(arguments.args) - len(arguments.defaults)
        defaults = [REQUIRED] * required + [_default(entry) for entry in arguments.defaults]
        parameters = tuple(
            _parameter(argument, default) for argument, default in zip(arguments.args, defaults, strict=True)
        )
        returns = parse_type(node.returns) if node.returns else ANY
        arrow = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        return cls(parameters, returns, f"({ast.unparse(arguments)}){arrow}")

    @property
    def required(self) -> int:
        """How many parameters have no default."""
        return sum(parameter.default is REQUIRED for parameter in self.parameters)

    def bind(self, positional: Sequence[object], named: Mapping[str, object]) -> tuple[object, ...]:
        """Returns one value per parameter, in order.

        Raises:
            SignatureError: Too many values, an unknown name, one given twice, one missing, or a wrong type.
        """
        names = [parameter.name for parameter in self.parameters]
        if len(positional) > len(names):
            raise SignatureError(f"expected at most {len(names)} arguments, found {len(positional)}")
        given = dict(zip(names, positional, strict=False))
        for name, value in named.items():
            if name not in names or name in given:
                why = "given twice" if name in given else f"unknown; expected {', '.join(names) or 'none'}"
                raise SignatureError(f"argument {name!r}: {why}")
            given[name] = value
        return tuple(_bound(parameter, given) for parameter in self.parameters)


def _head(text: str) -> ast.FunctionDef:
    """Returns the function with this head and nothing in it.

    Raises:
        ProgramSyntaxError: The text is no head, or more than one.
    """
    source = f"def f{text}: pass"
    match parse(source).body:
        case [ast.FunctionDef(body=[ast.Pass() as end]) as node] if _ends_with(source, end):
            return node
    raise ProgramSyntaxError("found more than a signature")


def _ends_with(source: str, node: ast.stmt) -> bool:
    lines = lines_of(source)
    return node.end_lineno == len(lines) and node.end_col_offset == len(lines[-1].encode())


def _bound(parameter: Parameter, given: Mapping[str, object]) -> object:
    if parameter.name not in given:
        if parameter.default is REQUIRED:
            raise SignatureError(f"argument {parameter.name!r}: missing")
        return copy.deepcopy(parameter.default)
    value = given[parameter.name]
    is_no_value = value is None and parameter.default is None  # (count: int = None) may be given None as well
    if not is_no_value and not parameter.type.accepts(value):
        raise SignatureError(
            f"argument {parameter.name!r}: expected {parameter.annotation}, found {value!r:.80}"
        )
    return value


def _parameter(argument: ast.arg, default: object) -> Parameter:
    if keyword.iskeyword(argument.arg) or argument.arg.startswith("__"):
        raise SignatureError(f"parameter {argument.arg!r}: expected an ordinary name")
    if argument.annotation is None:
        return Parameter(argument.arg, ANY, default)
    annotation = argument.annotation
    kind = parse_type(annotation)
    if default is not REQUIRED and default is not None and not kind.accepts(default):
        raise SignatureError(
            f"parameter {argument.arg!r}: expected a default that is {ast.unparse(annotation)}, "
            f"found {default!r:.80}"
        )
    return Parameter(argument.arg, kind, default, ast.unparse(annotation))


def _default(node: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError) as error:
        raise SignatureError(f"default {ast.unparse(node)}: expected a literal") from error
    if not _has_json(value):
        raise SignatureError(f"default {ast.unparse(node)}: expected a value that JSON has")
    return value


def _has_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _has_json(entry) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return all(map(_has_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool | int | str)
