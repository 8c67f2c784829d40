"""Tools and actions as planners see them: by name, signature and example, never by their source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.action import Action
from agent.request import Json
from programs.python_type import python_type
from tool_bank import ToolDescription

LONGEST_EXAMPLE = 120  # characters


@dataclass(frozen=True)
class ToolFace:
    """A tool or action as planners see it.

    Attributes:
        name: What it is called by.
        signature: Such as "(text: str) -> int".
        description: What it does.
        parameters: JSON schema of its arguments, an object.
        has_effects: Whether every call needs the user's consent.
        example: A call and what it gives, such as "double(n=2) == 4"; "" where none is known.
    """

    name: str
    signature: str
    description: str
    parameters: Mapping[str, Json]
    has_effects: bool = False
    example: str = ""


def face_of_action(action: Action) -> ToolFace:
    """Returns an action as a planner sees it."""
    properties = action.parameters.get("properties", {})
    required = action.parameters.get("required", ())
    shown = ", ".join(
        f"{name}: {python_type(entry)}" + ("" if name in required else " = None")
        for name, entry in properties.items()
    )
    return ToolFace(
        action.name, f"({shown})", action.description, action.parameters, has_effects=action.has_effects
    )


def face_of_tool(name: str, shown: ToolDescription) -> ToolFace:
    """Returns a tool of the bank as a planner sees it, by the name that it was asked for by."""
    return ToolFace(name, shown.signature, shown.description, shown.parameters, example=_example(shown))


def _example(shown: ToolDescription) -> str:
    """Returns the shortest of a tool's tests that shows something, as a call; "" where all are long."""
    properties = shown.parameters.get("properties")
    order = list(properties) if isinstance(properties, dict) else []
    calls = (
        f"{shown.name}({_keywords(test.arguments, order)}) == {test.expected!r}"
        for test in shown.examples
        if any(test.arguments.values())
    )
    return min((call for call in calls if len(call) <= LONGEST_EXAMPLE), key=len, default="")


def _keywords(arguments: Mapping[str, Json], order: Sequence[str]) -> str:
    """Returns arguments in the order of the parameters: the bank keeps them sorted."""
    named = [name for name in order if name in arguments]
    return ", ".join(f"{name}={arguments[name]!r}" for name in named)
