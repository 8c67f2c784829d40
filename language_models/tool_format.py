"""Functions, pydantic classes and stored tools, as a chat model is offered them.

Schemas come from the code that the tool bank's schemas come from (programs/callable_schema.py). To read a
function's annotations is to run them: give functions of this program only; a tool that nobody trusts comes as
the entry that the tool bank made of it.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from language_models.json_parser import JsonParser, SchemaParser
from language_models.message import ToolFormat
from language_models.parser import ParseError
from programs.strict_form import NotStrict, strict_form

Offerable: TypeAlias = Callable[..., Any] | type | Mapping[str, Any] | ToolFormat

LONGEST_DESCRIPTION = 1024  # characters that chat interfaces take
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class OfferedTool:
    """A tool that a model may call.

    Attributes:
        format: What the model is told.
        read: From the JSON object of a call to the arguments, validated: keyword arguments of a function, an
            object of a class, the JSON object of a stored tool. Raises `ParseError`.
    """

    format: ToolFormat
    read: Callable[[object], Any]


def tool_format(thing: Offerable) -> ToolFormat:
    """Returns a tool as a chat model is told of it.

    Args:
        thing: A function of this program, a pydantic model (or a dataclass, or a TypedDict) whose fields are
            the arguments, an entry of a chat request's `tools` (`ToolBank.openai_tools`), or a format itself.

    Raises:
        ValueError: JSON has no word for a parameter, or chat models take no such name.
    """
    return offered(thing).format


def offered(thing: Offerable) -> OfferedTool:
    """Returns a tool, and how its arguments are read; arguments and errors are those of `tool_format`."""
    if isinstance(thing, ToolFormat):
        return _stored(thing)
    if isinstance(thing, Mapping):
        return _stored(ToolFormat.from_dict(thing))
    return _class(thing) if isinstance(thing, type) else _function(thing)


def _stored(told: ToolFormat) -> OfferedTool:
    return OfferedTool(_checked(told), SchemaParser(told.parameters).read)


def _class(kind: type) -> OfferedTool:
    parser: JsonParser[Any] = JsonParser(kind)
    schema = parser.schema
    documentation = inspect.cleandoc(kind.__doc__ or "") or str(schema.get("description", ""))
    told = _told(kind.__name__, documentation, {k: v for k, v in schema.items() if k != "description"})
    return OfferedTool(told, parser.read)


def _function(function: Callable[..., Any]) -> OfferedTool:
    from programs.callable_schema import Interface, schemas_of

    name = getattr(function, "__name__", repr(function))
    _require_types(name, function)
    try:
        schemas, interface = schemas_of(function), Interface(function)
    except Exception as error:
        raise ValueError(f"tool {name}: no schema could be derived: {error!s:.300}") from error
    check = SchemaParser(schemas.parameters)

    def read(value: object) -> dict[str, Any]:
        """Returns keyword arguments."""
        try:
            return interface.arguments(check.read(value))
        except ParseError:
            raise
        except ValueError as error:  # pydantic's, for what a schema cannot say
            raise ParseError(f"arguments of {name}", f"{error!s:.300}") from None

    return OfferedTool(_told(name, schemas.description.strip(), schemas.parameters), read)


def _require_types(name: str, function: Callable[..., Any]) -> None:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.annotation is inspect.Parameter.empty:
            raise ValueError(f"tool {name}: expected a type of the parameter {parameter.name!r}, found none")


def _told(name: str, description: str, parameters: dict[str, Any]) -> ToolFormat:
    """Returns the format, in strict form where it has one."""
    is_short = len(description) <= LONGEST_DESCRIPTION
    short = description if is_short else f"{description[: LONGEST_DESCRIPTION - 4]} ..."
    try:
        return _checked(ToolFormat(name, short, strict_form(parameters), strict=True))
    except NotStrict:
        return _checked(ToolFormat(name, short, parameters))


def _checked(told: ToolFormat) -> ToolFormat:
    if not isinstance(told.name, str) or not _NAME.fullmatch(told.name):
        raise ValueError(
            f"tool {told.name!r}: expected a name of 1 to 64 letters, digits, _ and -; give a function or "
            "class of such a name"
        )
    if told.parameters.get("type") != "object":
        raise ValueError(
            f"tool {told.name}: expected parameters that are an object, "
            f"found {json.dumps(told.parameters, default=str):.100}"
        )
    return told
