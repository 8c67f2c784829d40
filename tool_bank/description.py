"""What a caller needs to know of a tool before the first call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from tool_bank.chat_form import why_not_strict
from tool_bank.schema import JsonSchema, ToolSchema
from tool_bank.tool import Tool
from tool_bank.tool_tests import ToolTest

EXAMPLES = 5


@dataclass(frozen=True)
class ToolDescription:
    """A tool, described.

    Attributes:
        name: What it is called by.
        description: What it is for.
        signature: Its parameters and result, as its source writes them.
        documentation: Its docstring.
        parameters: JSON schema of its arguments.
        returns: JSON schema of its result; None where that is not known.
        why_not_strict: Why OpenAI's strict mode cannot say the parameters; empty where it can.
        examples: Calls by name with their right results, none of them hidden.
    """

    name: str
    description: str
    signature: str
    documentation: str
    parameters: JsonSchema
    returns: JsonSchema | None
    why_not_strict: str
    examples: tuple[ToolTest, ...]


def describe(tool: Tool, schema: ToolSchema, tests: Iterable[ToolTest]) -> ToolDescription:
    """Returns the description of a tool with its schema and tests."""
    return ToolDescription(
        name=tool.name,
        description=tool.description,
        signature=tool.signature.text,
        documentation=tool.signature.documentation,
        parameters=schema.parameters,
        returns=schema.returns,
        why_not_strict=why_not_strict(schema),
        examples=tuple(islice((test for test in tests if not test.hidden), EXAMPLES)),
    )
