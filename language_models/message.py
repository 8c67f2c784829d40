"""One turn of a conversation with a chat model, and the tools that it is offered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class ToolCall:
    """A tool that the model wants called.

    Attributes:
        id: The model's name of this call, which the result bears.
        name: The tool.
        arguments: By name, as the JSON text that the model wrote; it may be no JSON.
    """

    id: str
    name: str
    arguments: str

    def as_dict(self) -> dict[str, Any]:
        """Returns the call as every chat endpoint spells it."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True)
class Message:
    """What one side said.

    Attributes:
        role: "system", "user", "assistant", or "tool" for the result of a call.
        content: The text; an assistant that only calls tools says "".
        tool_calls: What an assistant wants called.
        tool_call_id: Which call a tool's result answers.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""

    def __post_init__(self) -> None:
        if self.role not in get_args(Role):
            raise ValueError(f"Message(role={self.role!r}): expected one of {', '.join(get_args(Role))}")
        if not isinstance(self.content, str):
            raise ValueError(f"Message(content=...): expected text, found {type(self.content).__name__}")
        if (self.role == "tool") != bool(self.tool_call_id):
            raise ValueError(
                f"Message(role={self.role!r}, tool_call_id={self.tool_call_id!r}): expected the id of a call "
                "in the result of a tool, and nowhere else"
            )
        if self.tool_calls and self.role != "assistant":
            raise ValueError(f"Message(role={self.role!r}, tool_calls=...): only an assistant calls tools")

    def as_dict(self) -> dict[str, Any]:
        """Returns the message as every chat endpoint spells it."""
        spelt: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            spelt["tool_calls"] = [call.as_dict() for call in self.tool_calls]
        if self.tool_call_id:
            spelt["tool_call_id"] = self.tool_call_id
        return spelt


@dataclass(frozen=True)
class ToolFormat:
    """A tool as a chat model is told of it.

    Attributes:
        name: What the model calls it by: letters, digits, _ and -, 64 at most.
        description: What it does.
        parameters: JSON schema of an object, the arguments by name.
        strict: Whether the schema keeps the rules of OpenAI's strict mode.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    strict: bool = False

    @classmethod
    def from_dict(cls, spelt: Mapping[str, Any]) -> ToolFormat:
        """Returns the tool of an entry of an OpenAI request's `tools`.

        Raises:
            ValueError: It is no such entry.
        """
        try:
            function = spelt["function"]
            return cls(
                function["name"], function.get("description", ""), function["parameters"],
                bool(function.get("strict")),
            )  # fmt: skip
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"tool {json.dumps(spelt, default=str):.200}: expected "
                '{"type": "function", "function": {"name", "description", "parameters"}}'
            ) from error

    def as_dict(self) -> dict[str, Any]:
        """Returns the tool as every chat endpoint spells it."""
        function: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }
        if self.strict:
            function["strict"] = True
        return {"type": "function", "function": function}
