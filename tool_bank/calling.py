"""Calls a tool by the names of its arguments, in a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sandbox.interface import Limits, Outcome, Sandbox, Value
from tool_bank.errors import ToolCallFailed, ToolCallRefused
from tool_bank.signature import Parameter
from tool_bank.tool import Tool

ENTRY = "call_by_name_"  # added to the source, because a sandbox passes arguments by position


def call_tool(
    tool: Tool, arguments: Mapping[str, Value], sandbox: Sandbox, limits: Limits | None = None
) -> Value:
    """Returns what the tool returns for these arguments.

    Raises:
        ToolCallRefused: An argument is missing, unknown or cannot be converted; nothing ran.
        ToolCallFailed: The tool raised, or its process came to grief; the message is the program's own.
        sandbox.SandboxError: The sandbox itself failed.
    """
    values = _checked(tool, arguments)
    source = f"{tool.source}\n\n\ndef {ENTRY}(arguments):\n    return {tool.function}(**arguments)\n"
    try:
        outcome = sandbox.call(source, ENTRY, [[values]], limits=limits)
    except ValueError as error:  # a value that cannot cross the border
        raise ToolCallRefused(f"{tool.name}: {error}") from error
    return _value(tool, outcome)


def _value(tool: Tool, outcome: Outcome) -> Value:
    if outcome.status != "returned":
        raise ToolCallFailed(f"{tool.name} {outcome.status.replace('_', ' ')}: {outcome.error}", outcome)
    result = outcome.results[0]
    if not result.ok:
        raise ToolCallFailed(f"{tool.name} raised {result.error}", outcome)
    return result.value


def _checked(tool: Tool, arguments: Mapping[str, Value]) -> dict[str, Value]:
    """Returns the arguments with lists turned into arrays where the tool wants arrays."""
    parameters = {parameter.name: parameter for parameter in tool.signature.parameters}
    missing = [p.name for p in parameters.values() if p.required and p.name not in arguments]
    unknown = [name for name in arguments if name not in parameters]
    if missing or unknown:
        wrong = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {', '.join(unknown)}"] * bool(
            unknown
        )
        raise ToolCallRefused(
            f"{tool.name}: expected arguments {tool.signature.text}, found {', '.join(arguments) or 'none'}: "
            + "; ".join(wrong)
        )
    return {name: _converted(tool, parameters[name], value) for name, value in arguments.items()}


def _converted(tool: Tool, parameter: Parameter, value: Value) -> Value:
    if not (parameter.is_array and isinstance(value, list)):
        return value
    try:
        array: np.ndarray[Any, Any] = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"its items are {array.dtype}")
    except (ValueError, OverflowError) as error:
        raise ToolCallRefused(
            f"{tool.name}: {parameter.name}: expected a list of numbers for {parameter.annotation}: {error}"
        ) from error
    return array
