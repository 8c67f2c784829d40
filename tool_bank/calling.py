"""Calls a tool by the names of its arguments: checked before, run in a sandbox, and checked after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sandbox.interface import Limits, Outcome, Sandbox, Value
from tool_bank.chat_form import real_arguments
from tool_bank.errors import ToolCallFailed, ToolCallRefused
from tool_bank.sandboxes import Sandboxes
from tool_bank.schema import GUEST, ToolSchema
from tool_bank.schema_store import SchemaStore
from tool_bank.tool import Tool

ENTRY = "call_by_name_"  # added to the source, because a sandbox passes arguments by position
CONVERTED = "call"  # the guest's function for values that JSON does not have


class Caller:
    """Calls tools of one bank, each in a sandbox that has what it wants."""

    def __init__(self, schemas: SchemaStore, sandboxes: Sandboxes) -> None:
        self._schemas = schemas
        self._sandboxes = sandboxes

    def call(self, tool: Tool, arguments: Mapping[str, Value], limits: Limits | None = None) -> Value:
        """Returns what the tool returns; raises what `call_tool` and `SchemaStore.of` do."""
        schema = self._schemas.of(tool)
        sandbox = self._sandboxes.converting(tool) if schema.converts else self._sandboxes.of(tool)
        return call_tool(tool, schema, arguments, sandbox, limits)


def call_tool(
    tool: Tool,
    schema: ToolSchema,
    arguments: Mapping[str, Value],
    sandbox: Sandbox,
    limits: Limits | None = None,
) -> Value:
    """Returns what the tool returns for these arguments.

    Args:
        tool: What to call.
        schema: What it takes and gives.
        arguments: By the names of its parameters, or those of its chat form.
        sandbox: Has the tool's packages, and `schema.PACKAGES` where the schema says `converts`.
        limits: Of the process.

    Raises:
        ToolCallRefused: An argument is missing, unknown or of a wrong type or value; the tool was not called.
        ToolCallFailed: The tool raised, or returned what its schema excludes, or its process came to grief;
            the message is the program's own.
        sandbox.SandboxError: The sandbox itself failed.
    """
    values = _checked(tool, schema, real_arguments(schema, arguments))
    if schema.converts:
        source, function, sent = GUEST, CONVERTED, [tool.source, tool.function, values]
    else:
        source = f"{tool.source}\n\n\ndef {ENTRY}(arguments):\n    return {tool.function}(**arguments)\n"
        function, sent = ENTRY, [_with_arrays(tool, schema, values)]
    try:
        outcome = sandbox.call(source, function, [sent], limits=limits)
    except ValueError as error:  # a value that cannot cross the border
        raise ToolCallRefused(f"{tool.name}: {error}") from error
    value = _value(tool, outcome)
    return _result(tool, schema, _opened(tool, value, outcome) if schema.converts else value, outcome)


def _checked(tool: Tool, schema: ToolSchema, arguments: Mapping[str, Value]) -> dict[str, Value]:
    missing = [name for name in schema.properties if name in schema.required - arguments.keys()]
    unknown = [name for name in arguments if name not in schema.properties]
    if missing or unknown:
        wrong = [f"missing {', '.join(missing)}"] * bool(missing)
        wrong += [f"unknown {', '.join(unknown)}"] * bool(unknown)
        raise ToolCallRefused(
            f"{tool.name}: expected arguments {tool.signature.text}, found {', '.join(arguments) or 'none'}: "
            + "; ".join(wrong)
        )
    values = dict(arguments)
    problem = schema.arguments_check.problem(values)
    if problem is not None:
        raise ToolCallRefused(f"{tool.name}: {problem}")
    return values


def _value(tool: Tool, outcome: Outcome) -> Value:
    if outcome.status != "returned":
        raise ToolCallFailed(f"{tool.name} {outcome.status.replace('_', ' ')}: {outcome.error}", outcome)
    result = outcome.results[0]
    if not result.ok:
        raise ToolCallFailed(f"{tool.name} raised {result.error}", outcome)
    return result.value


def _opened(tool: Tool, reply: Value, outcome: Outcome) -> Value:
    """Returns the value in a reply of the guest."""
    match reply:
        case ["value", value]:
            return value
        case ["refused", str(why)]:
            raise ToolCallRefused(f"{tool.name}: {why}")
    raise ToolCallFailed(f"{tool.name} gave no reply that can be read: {reply!r:.80}", outcome)


def _result(tool: Tool, schema: ToolSchema, value: Value, outcome: Outcome) -> Value:
    problem = None if schema.result_check is None else schema.result_check.problem(value)
    if problem is not None:
        raise ToolCallFailed(f"{tool.name} returned a wrong result: {problem}", outcome)
    return value


def _with_arrays(tool: Tool, schema: ToolSchema, values: Mapping[str, Value]) -> dict[str, Value]:
    """Returns the arguments with lists turned into arrays where the tool wants arrays."""
    return {
        name: _array(tool, name, value) if name in schema.arrays and value is not None else value
        for name, value in values.items()
    }


def _array(tool: Tool, name: str, value: Value) -> np.ndarray[Any, Any]:
    try:
        array: np.ndarray[Any, Any] = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"its items are {array.dtype}")
    except (ValueError, OverflowError) as error:
        raise ToolCallRefused(f"{tool.name}: {name}: expected a list of numbers: {error}") from error
    return array
