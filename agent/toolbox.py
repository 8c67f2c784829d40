"""All that the agent may call for one request: tools of the bank, and actions of the program around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent.action import Action
from agent.channel import Channel, is_consent
from agent.operations import Operations, Uncertain
from agent.quoted_data import plainly
from agent.request import Json
from agent.tool_face import ToolFace, face_of_action, face_of_tool
from programs.json_form import json_form
from tool_bank import (
    SERVED,
    BankError,
    ToolBank,
    ToolCallFailed,
    ToolCallRefused,
    ToolNotCallable,
    ToolNotFound,
    ToolSchemaFailed,
)

LONGEST_CONSENT = 10_000  # characters of arguments that a user can be expected to look at
NEAR = 0.5  # share of the best match's score that a tool must have
MOST_REFUSALS = 3  # of one action, until it is not asked for any more


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
        allows: Tells whether a tool may be used for this request; what it does not allow is not there.
    """

    def __init__(
        self,
        operations: Operations,
        channel: Channel,
        request: str,
        bank: ToolBank | None = None,
        actions: Sequence[Action] = (),
        allows: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self._operations = operations
        self._channel = channel
        self._request = request
        self._bank = bank
        self._actions = {action.name: action for action in actions if allows(action.name)}
        self._allows = allows
        self._refused: list[tuple[str, str]] = []  # name and arguments of calls that the user did not want
        self.used: list[str] = []

    def search(self, query: str, k: int = 5) -> list[ToolFace]:
        """Returns at most k tools that fit a query, best first; it is the bank's of the first time.

        What is much farther from the query than the best is left out: it only leads small models astray.
        """
        names = self._operations.once("search", {"query": query, "k": k}, lambda: self._found(query, k))
        faces = (self._face(name) for name in names)
        return [face for face in faces if face is not None]

    def face(self, name: str) -> ToolFace | None:
        """Returns a tool or action as a planner sees it; None: there is none that can be called.

        Whether there is one is kept: work that is run again must not find a tool that it has had made since.
        """
        if (action := self._actions.get(name)) is not None:
            return face_of_action(action)
        is_there = self._operations.once("face", {"name": name}, lambda: self._face(name) is not None)
        return self._face(name) if is_there else None

    def _face(self, name: str) -> ToolFace | None:
        if (action := self._actions.get(name)) is not None:
            return face_of_action(action)
        if self._bank is None or not self._allows(name) or not has_tool(self._bank, name):
            return None
        try:
            shown = self._bank.describe(name)
        except (ToolSchemaFailed, ToolNotFound):
            return None
        return face_of_tool(name, shown)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to find: no bank and no action."""
        return self._bank is None and not self._actions

    @property
    def actions(self) -> list[ToolFace]:
        """All actions."""
        return [face_of_action(action) for action in self._actions.values()]

    def call(self, name: str, arguments: Mapping[str, Json]) -> ToolAnswer:
        """Returns what came of a call; raises `Suspended` where the user's consent is wanted first."""
        self._operations.meter.add(steps=1)
        try:  # a copy, which nobody changes between the consent and the call
            arguments = json.loads(json.dumps(dict(arguments), allow_nan=False))
        except (ValueError, TypeError, RecursionError) as error:
            return ToolAnswer(error=f"{name}: expected arguments that JSON has words for: {error!s:.200}")
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
        if not self._allows(name):
            return {"error": f"{name}: the request does not allow this tool"}
        try:
            value = self._bank.call(name, arguments, request=self._request)
        except (ToolNotFound, ToolNotCallable, ToolCallRefused, ToolCallFailed) as error:
            return {"error": str(error)}
        return {"value": json_form(value, strict=True)}

    def _act(self, action: Action, arguments: Mapping[str, Json]) -> ToolAnswer:
        problem = action.problem(arguments)
        if problem is not None:
            return ToolAnswer(error=f"{action.name}: {problem}")
        refusal = self._refusal(action, arguments) if action.has_effects else ""
        if refusal:
            return ToolAnswer(error=f"{action.name}: {refusal}")
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

    def _refusal(self, action: Action, arguments: Mapping[str, Json]) -> str:
        """Asks for consent; returns why there is none, "" where there is. A refusal is final."""
        shown = plainly(json.dumps(dict(arguments), ensure_ascii=False, indent=1))
        if len(shown) > LONGEST_CONSENT:
            return (
                f"expected arguments of {LONGEST_CONSENT} characters or fewer, so that the user can see them"
            )
        call = (action.name, json.dumps(arguments, sort_keys=True))
        if call in self._refused:
            return "the user did not consent to this call, and is not asked again"
        if [name for name, _ in self._refused].count(action.name) >= MOST_REFUSALS:
            return f"the user did not consent to {MOST_REFUSALS} such calls, and is not asked again"
        if is_consent(self._channel.ask(_consent(action, shown), "consent")):
            return ""
        self._refused.append(call)
        return "the user did not consent to this call"

    def _found(self, query: str, k: int) -> list[str]:
        matches = [] if self._bank is None else self._bank.search(query, k)
        return [match.tool.name for match in matches if match.score >= NEAR * matches[0].score]


def _acted(action: Action, arguments: Mapping[str, Json]) -> dict[str, Json]:
    try:
        given = action.run(**arguments)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - not ours, and whatever it raises is evidence
        return {"error": f"{action.name} raised {type(error).__name__}: {_said_by(error)}"}
    try:
        value = json_form(given)
        json.dumps(value, allow_nan=False)
    except Exception:  # noqa: BLE001 - nor is what it returns
        return {"error": f"{action.name} was done, and returned what JSON has no word for"}
    return {"value": value}


def _said_by(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the error's class is not ours either
        return "an error that does not tell what it is"


def _consent(action: Action, shown: str) -> str:
    """Returns the question; what a model wrote stands in it only as quoted arguments."""
    return (
        f"The agent wants to call {action.name}, which changes things outside its sandbox "
        f"({action.description}). Its arguments are:\n{shown}\nMay it? (yes / no)"
    )


def has_tool(bank: ToolBank, name: str) -> bool:
    """Tells whether a bank answers for a name."""
    try:
        return bank.get(name).status in SERVED
    except BankError:
        return False
