"""All that the agent may call for one request: tools of the bank, and actions of the program around it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.action import Action
from agent.channel import Channel, is_consent
from agent.operations import Operations, Uncertain
from agent.request import Json
from programs.json_form import json_form
from programs.python_type import python_type
from tool_bank import (
    BankError,
    Tool,
    ToolBank,
    ToolCallFailed,
    ToolCallRefused,
    ToolNotCallable,
    ToolNotFound,
    ToolSchemaFailed,
)


@dataclass(frozen=True)
class ToolFace:
    """A tool as planners see it: never its source.

    Attributes:
        name: What it is called by.
        signature: Such as "(text: str) -> int".
        description: What it does.
        parameters: JSON schema of its arguments, an object.
        has_effects: Whether every call needs the user's consent.
    """

    name: str
    signature: str
    description: str
    parameters: Mapping[str, Json]
    has_effects: bool = False

    @property
    def stub(self) -> str:
        """The tool as a Python stub."""
        told = " ".join(self.description.split()).replace("\\", "\\\\").replace('"""', "'''")
        return f"def {self.name}{self.signature}:\n" + textwrap.indent(f'"""{told}"""\n...\n', "    ")


@dataclass(frozen=True)
class ToolAnswer:
    """What came of a call: a value, or an error that says why there is none."""

    value: Json = None
    error: str = ""


class Toolbox:
    """Finds and calls tools for one request.

    Args:
        operations: Of the request; no call is made twice.
        channel: Asked for consent.
        request: The request in its user's words, for the bank's ledger.
        bank: The tools; None: there are none.
        actions: What else may be called.
    """

    def __init__(
        self,
        operations: Operations,
        channel: Channel,
        request: str,
        bank: ToolBank | None = None,
        actions: Sequence[Action] = (),
    ) -> None:
        self._operations = operations
        self._channel = channel
        self._request = request
        self._bank = bank
        self._actions = {action.name: action for action in actions}
        self.used: list[str] = []

    def search(self, query: str, k: int = 5) -> list[ToolFace]:
        """Returns at most k tools that fit a query, best first; it is the bank's of the first time."""
        names = self._operations.once("search", {"query": query, "k": k}, lambda: self._found(query, k))
        faces = (self.face(name) for name in names)
        return [face for face in faces if face is not None]

    def face(self, name: str) -> ToolFace | None:
        """Returns a tool or action as a planner sees it; None: there is none that can be called."""
        if (action := self._actions.get(name)) is not None:
            return _face_of(action)
        tool = self._tool(name)
        if tool is None or self._bank is None:
            return None
        try:
            shown = self._bank.describe(name)
        except (ToolSchemaFailed, ToolNotFound):
            return None
        return ToolFace(name, shown.signature, shown.description, shown.parameters)

    @property
    def actions(self) -> list[ToolFace]:
        """All actions."""
        return [_face_of(action) for action in self._actions.values()]

    def call(self, name: str, arguments: Mapping[str, Json]) -> ToolAnswer:
        """Returns what came of a call; raises `Suspended` where the user's consent is wanted first."""
        self._operations.meter.add(steps=1)
        action = self._actions.get(name)
        answer = self._call_tool(name, arguments) if action is None else self._act(action, arguments)
        if not answer.error and name not in self.used:
            self.used.append(name)
        return answer

    def _call_tool(self, name: str, arguments: Mapping[str, Json]) -> ToolAnswer:
        body = {"name": name, "arguments": dict(arguments)}
        return ToolAnswer(**self._operations.once("call", body, lambda: self._bank_says(name, arguments)))

    def _bank_says(self, name: str, arguments: Mapping[str, Json]) -> dict[str, Json]:
        if self._bank is None:
            return {"error": f"{name}: there is no such tool"}
        try:
            value = self._bank.call(name, arguments, request=self._request)
        except (ToolNotFound, ToolNotCallable, ToolCallRefused, ToolCallFailed) as error:
            return {"error": str(error)}
        return {"value": json_form(value, strict=True)}

    def _act(self, action: Action, arguments: Mapping[str, Json]) -> ToolAnswer:
        problem = action.problem(arguments)
        if problem is not None:
            return ToolAnswer(error=f"{action.name}: {problem}")
        if action.has_effects and not is_consent(self._channel.ask(_consent(action, arguments), "consent")):
            return ToolAnswer(error=f"{action.name}: the user did not consent to this call")
        body = {"name": action.name, "arguments": dict(arguments)}
        try:
            kept = self._operations.once(
                "act", body, lambda: _acted(action, arguments), risky=action.has_effects
            )
        except Uncertain:
            return ToolAnswer(
                error=f"{action.name}: begun before an interruption; whether it took effect is not known"
            )
        return ToolAnswer(**kept)

    def _found(self, query: str, k: int) -> list[str]:
        return [] if self._bank is None else [match.tool.name for match in self._bank.search(query, k)]

    def _tool(self, name: str) -> Tool | None:
        try:
            return None if self._bank is None else self._bank.get(name)
        except BankError:
            return None


def _acted(action: Action, arguments: Mapping[str, Json]) -> dict[str, Json]:
    try:
        return {"value": json_form(action.run(**arguments), strict=True)}
    except Exception as error:  # noqa: BLE001 - the action is not ours, and whatever it raises is evidence
        return {"error": f"{action.name} raised {type(error).__name__}: {error}"}


def _consent(action: Action, arguments: Mapping[str, Json]) -> str:
    """Returns the question; what a model wrote stands in it only as quoted arguments."""
    told = json.dumps(dict(arguments), ensure_ascii=False, indent=1)
    return (
        f"The agent wants to call {action.name}, which changes things outside its sandbox "
        f"({action.description}). Its arguments are:\n{told}\nMay it? (yes / no)"
    )


def _face_of(action: Action) -> ToolFace:
    properties = action.parameters.get("properties", {})
    required = action.parameters.get("required", ())
    shown = ", ".join(
        f"{name}: {python_type(entry)}" + ("" if name in required else " = None")
        for name, entry in properties.items()
    )
    return ToolFace(
        action.name, f"({shown})", action.description, action.parameters, has_effects=action.has_effects
    )
