"""Derives the schema of a tool's function, and calls functions whose values JSON cannot carry as they are.

Runs inside the sandbox, beside pydantic and docstring_parser: importing a tool is running it. The tool shares
this process, so nothing here is evidence: what may be in a schema is decided by schema.py.
"""

# Running a tool is the purpose, and what it raises is an answer.
# ruff: noqa: ANN401, S102, S307

import os
import re
import sys
import types
import typing
import warnings
from collections.abc import Callable
from typing import Any, Literal

os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # looking for some would read every distribution

import typing_extensions
from pydantic import ValidationError

# There is no house in the sandbox: schema.py puts the text of that file in place of this line.
from programs.callable_schema import Interface, schemas_of

MODULE = "tool"


def derive(source: str, name: str) -> dict[str, Any]:
    """Returns what schema.py takes: schemas, texts, and how values have to be passed."""
    warnings.simplefilter("ignore")  # of defaults that JSON has no word for
    return vars(schemas_of(load(source, name)))


def call(source: str, name: str, values: dict[str, Any]) -> list[Any]:
    """Returns ["value", what the function gives], or ["refused", where and why] for its arguments."""
    function = load(source, name)
    interface = Interface(function)
    try:
        arguments = interface.arguments(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        return ["refused", f"{place}: {first['msg']}, found {first['input']!r:.200}"]
    return ["value", interface.result(function(**arguments))]


def load(source: str, name: str) -> Callable[..., Any]:
    """Returns the function of a tool's source, run as a module of its own."""
    # pydantic does not read the other one before Python 3.12.
    typing.TypedDict = typing_extensions.TypedDict
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    exec(compile(source, f"<{MODULE}>", "exec"), vars(module))
    _name_recursive_aliases(vars(module))
    function: Callable[..., Any] = vars(module)[name]
    return function


def _name_recursive_aliases(namespace: dict[str, Any]) -> None:
    """Turns `Json = list["Json"] | str` into an alias that knows its name, which alone may recur."""
    for name, value in list(namespace.items()):
        if _mentions(value, name):
            there = {**namespace, "alias": typing_extensions.TypeAliasType, "value": value}
            namespace[name] = eval(f"alias({name!r}, value)", there)  # made there, it resolves names there


def _mentions(hint: Any, name: str) -> bool:
    return any(
        _names(part if isinstance(part, str) else getattr(part, "__forward_arg__", ""), name)
        or _mentions(part, name)
        for part in typing.get_args(hint)
        if typing.get_origin(hint) is not Literal
    )


def _names(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None
