"""A tool's schema as chat models take it, and their arguments as the tool takes them.

Two things must be made to fit: names (letters, digits and underscores of ASCII, 64 at most), and, where a
tool allows it, OpenAI's strict mode, in which every property is required: what is optional may be null
instead, and null is left out of the call again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from programs.strict_form import NotStrict, strict_form
from sandbox.interface import Value
from tool_bank.schema import ToolSchema
from tool_bank.tool import Tool

LONGEST_DESCRIPTION = 1024  # characters that chat interfaces take
_SAFE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_]")


def chat_tool(tool: Tool, schema: ToolSchema) -> dict[str, Any]:
    """Returns a tool as an entry of a chat request's `tools`."""
    parameters = chat_parameters(schema)
    strict = True
    try:
        parameters = strict_form(parameters)
    except NotStrict:
        strict = False
    function = {
        "name": tool.name,
        "description": chat_description(tool, schema),
        "parameters": parameters,
        "strict": strict,
    }
    return {"type": "function", "function": function}


def chat_parameters(schema: ToolSchema) -> dict[str, Any]:
    """Returns the JSON schema of the arguments, under the names that chat models see."""
    shown = chat_names(schema)
    return {
        **schema.parameters,
        "properties": {shown[name]: entry for name, entry in schema.properties.items()},
        "required": [shown[name] for name in schema.properties if name in schema.required],
    }


def chat_description(tool: Tool, schema: ToolSchema) -> str:
    """Returns what the tool is for, and what its docstring adds, at a length that chat interfaces take."""
    added = schema.description.strip()
    text = tool.description if added in tool.description else f"{tool.description}\n\n{added}"
    return text if len(text) <= LONGEST_DESCRIPTION else f"{text[: LONGEST_DESCRIPTION - 4]} ..."


def why_not_strict(schema: ToolSchema) -> str:
    """Returns why strict mode cannot say this schema; empty where it can."""
    try:
        strict_form(schema.parameters)
    except NotStrict as reason:
        return str(reason)
    return ""


def chat_names(schema: ToolSchema) -> dict[str, str]:
    """Returns the name that chat models see, for each parameter: its own wherever they take that."""
    names: dict[str, str] = {}
    for number, name in enumerate(schema.properties):
        short = name if _SAFE.fullmatch(name) else f"p{number}_{_UNSAFE.sub('', name)}"[:64]
        while short != name and (short in names.values() or short in schema.properties):
            short = f"p{number}_{short}"[:64]
        names[name] = short
    return names


def real_arguments(schema: ToolSchema, arguments: Mapping[str, Value]) -> dict[str, Value]:
    """Returns arguments by the parameters' own names, without nulls that stand for a default."""
    real = {shown: name for name, shown in chat_names(schema).items()}
    named = {real.get(name, name): value for name, value in arguments.items()}
    return {
        name: value for name, value in named.items() if value is not None or not _is_left_out(schema, name)
    }


def _is_left_out(schema: ToolSchema, name: str) -> bool:
    return name in schema.properties and name not in schema.required and not schema.takes(name, None)
