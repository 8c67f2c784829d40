"""All that clients see, and the one place where their calls are answered."""

from __future__ import annotations

import difflib
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from service.errors import expected
from service.mcp_door.offer import Given, Offer
from service.mcp_door.own_tools import OwnTools, WrongArguments
from service.mcp_door.pinned_tools import PinnedTools, UnreadableResult
from tool_bank import ToolBank, ToolNotFound


class Catalogue:
    """The tools that clients see: ours, then the pinned ones of the bank. Threads may share it.

    Args:
        bank: Whose clock tells of changes.
        own: Our tools.
        pinned: Those of the bank.
    """

    def __init__(self, bank: ToolBank, own: OwnTools, pinned: PinnedTools) -> None:
        self._bank = bank
        self._own = own
        self._pinned = pinned
        self._told: tuple[type[Exception], ...] = (WrongArguments, UnreadableResult, *expected())
        self._lock = threading.Lock()
        self._clock: int | None = None
        self._offers: tuple[Offer, ...] = ()

    def offers(self) -> Sequence[Offer]:
        """Returns all that clients see, as the bank is now."""
        self.refresh()
        return self._offers

    def takes(self, name: str) -> Mapping[str, Any] | None:
        """Returns the JSON schema of a tool's arguments, as it was last shown; None: unknown."""
        return next((offer.takes for offer in self._offers if offer.name == name), None)

    def refresh(self) -> str:
        """Looks at the bank where it has changed; returns what tells one list from another."""
        with self._lock:
            clock = self._bank.clock
            if clock != self._clock:
                self._offers = (*self._own.offers(), *self._pinned.offers())
                self._clock = clock
            shown = json.dumps([asdict(offer) for offer in self._offers], sort_keys=True)
        return hashlib.sha256(shown.encode()).hexdigest()

    def call(self, name: str, arguments: Mapping[str, Any]) -> Given:
        """Returns what came of a call: what goes wrong with it is told to the model, which can mend it."""
        try:
            if name in self._own:
                return self._own.call(name, arguments)
            return self._pinned.call(name, arguments)
        except ToolNotFound:
            return Given(self._unknown(str(arguments.get("name", "")) if name in self._own else name))
        except self._told as error:
            return Given(str(error))

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._bank.names(), 3)
        meant = f"; is {' or '.join(near)} meant?" if near else ""
        return (
            f"no tool is named {name[:200]!r}{meant}; search_tools finds tools by what they do, "
            "request_tool has a missing one made"
        )
