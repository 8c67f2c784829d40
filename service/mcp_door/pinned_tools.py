"""The few tools of the bank that clients see as tools of their own."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from programs.json_form import json_form
from sandbox import SandboxError
from service.errors import UsageError
from service.mcp_door.offer import Given, Hints, Offer, given
from tool_bank import SERVED, BankError, Tool, ToolBank, ToolNotFound
from tool_bank.chat_form import chat_description, chat_parameters
from tool_bank.schema import ToolSchema

MOST_BY_USE = 8
MOST_NAMED = 64  # a model that is shown more tools than that finds none of them
PREFIX = "bank_"
_TELLING = ("hidden", "held_out", "training")  # the score that says most, first

_log = logging.getLogger(__name__)


class UnreadableResult(Exception):
    """A result that JSON, as its own schema promises it, cannot carry."""


class PinnedTools:
    """Chooses the tools, and calls them.

    A tool stays pinned for as long as it is served; its place then goes to the most used one of the others.

    Args:
        bank: Where they are.
        named: Which they are; None: the most used ones.
        taken: Names of other tools that clients see.
    """

    def __init__(self, bank: ToolBank, named: Sequence[str] | None, taken: Collection[str]) -> None:
        self._bank = bank
        self._named = None if named is None else _targets(bank, named)
        self._taken = frozenset(taken)
        self._chosen: list[str] = []
        self._shown: dict[str, str] = {}  # from the name that clients see to the tool's own

    def offers(self) -> list[Offer]:
        """Returns them as they are now; one that no schema can be had for is left out, with a warning."""
        chosen, offers, shown = self._choice(), [], {}
        for name in chosen:
            try:
                tool, schema = self._bank.get(name), self._bank.schema(name)
            except (BankError, SandboxError) as error:
                _log.warning("not offered: %s", error)
                continue
            seen = self._free_name(name, chosen)
            shown[seen] = name
            offers.append(_offer(seen, tool, schema))
        self._chosen, self._shown = chosen, shown
        return offers

    def own_name(self, name: str) -> str:
        """Returns the bank's name for what clients call by a name."""
        return self._shown.get(name, name)

    def call(self, name: str, arguments: Mapping[str, Any]) -> Given:
        """Returns what a tool of the bank returns, whether it is pinned or was; raises the bank's errors."""
        own = self.own_name(name)
        value = json_form(self._bank.call(own, arguments), strict=True)
        check = self._bank.schema(own).result_check
        problem = None if check is None else check.problem(value)
        if problem is not None:
            raise UnreadableResult(f"{own} returned what JSON has no number for: {value!r:.2000}; {problem}")
        return given({"result": value})

    def _choice(self) -> list[str]:
        """Returns the names of those to be shown, in the order in which they were chosen."""
        if self._named is not None:
            return [name for name in self._named if self._is_served(name)]
        kept = [name for name in self._chosen if self._is_served(name)]
        if len(kept) < MOST_BY_USE:
            kept += [name for name in self._bank.most_used(2 * MOST_BY_USE) if name not in kept]
        return kept[:MOST_BY_USE]

    def _is_served(self, name: str) -> bool:
        try:
            tool = self._bank.get(name)
        except ToolNotFound:
            return False
        return tool.name == name and tool.status in SERVED

    def _free_name(self, name: str, chosen: Collection[str]) -> str:
        """Returns the name that clients see: the tool's own, with a prefix where that is another's."""
        seen = name
        while seen in self._taken or (seen != name and seen in chosen):
            seen = PREFIX + seen
        return seen


def _targets(bank: ToolBank, named: Sequence[str]) -> list[str]:
    """Returns the tools that names stand for; raises `UsageError` for what can never be shown."""
    if len(named) > MOST_NAMED:
        raise UsageError(f"--pin: expected at most {MOST_NAMED} tools, found {len(named)}")
    found: list[str] = []
    for name in named:
        try:
            tool = bank.get(name)
        except ToolNotFound as error:
            raise UsageError(f"--pin {name}: {error}") from error
        if tool.status not in SERVED:
            raise UsageError(f"--pin {name}: expected a tool that is served, found one that is {tool.status}")
        found += [tool.name] * (tool.name not in found)
    return found


def _offer(seen: str, tool: Tool, schema: ToolSchema) -> Offer:
    score = next((tool.scores[name] for name in _TELLING if name in tool.scores), None)
    about = {
        "version": tool.version,
        "score": score,
        "scores": tool.scores,
        "integrity": tool.integrity,
        "status": tool.status,
    }
    return Offer(
        seen,
        chat_description(tool, schema),
        chat_parameters(schema),
        _gives(schema),
        Hints(reads_only=True),  # it runs in a sandbox without network, and is forgotten with it
        about,
    )


def _gives(schema: ToolSchema) -> dict[str, Any]:
    """Returns the JSON schema of {"result": ...}: protocols want an object."""
    returns = dict(schema.returns or {})
    definitions = returns.pop("$defs", None)
    whole: dict[str, Any] = {"type": "object", "properties": {"result": returns}, "required": ["result"]}
    return whole if definitions is None else {**whole, "$defs": definitions}
