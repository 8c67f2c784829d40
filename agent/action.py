"""Actions: functions of the program around the agent, which it may call beside the tools of the bank.

A tool of the bank runs in a sandbox and can change nothing outside. An action can, and unless it is declared
free of effects, every single call of it needs the user's consent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agent.request import Json
from programs.schema_check import SchemaCheck


@dataclass(frozen=True)
class Action:
    """A function that the agent may call.

    Attributes:
        name: A Python identifier; no tool of the bank answers by it.
        description: What it does.
        parameters: JSON schema of an object, the arguments by name.
        run: Called with them; returns JSON. What it raises is told to the agent as the call's error.
        has_effects: Whether it changes something outside. Without a word it does.
    """

    name: str
    description: str
    parameters: Mapping[str, Json]
    run: Callable[..., Any]
    has_effects: bool = True

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"Action(name={self.name!r}): expected a Python identifier")

    @cached_property
    def _check(self) -> SchemaCheck:
        return SchemaCheck(dict(self.parameters))

    def problem(self, arguments: Mapping[str, Json]) -> str | None:
        """Returns what is wrong with arguments; None where nothing is."""
        return self._check.problem(dict(arguments))
