"""Quarantine: a tool that fails three times in a row in service is withdrawn, with the error."""

from __future__ import annotations

from tool_bank.aliases import Aliases
from tool_bank.errors import StepRefused
from tool_bank.ledger import Ledger
from tool_bank.record import Record
from tool_bank.tool import Tool, changed

FAILURES = 3


class Quarantine:
    """Watches the failures of tools in service."""

    def __init__(self, record: Record, aliases: Aliases, ledger: Ledger) -> None:
        self._record = record
        self._aliases = aliases
        self._ledger = ledger

    def after_failure(self, tool: Tool, error: str) -> None:
        """Withdraws a version whose last calls all failed, those before its last release left aside."""
        names = [tool.name, *(alias.name for alias in self._aliases.to(tool.name))]
        last = self._ledger.last_judged(names, tool.version, self._released_at(tool), FAILURES)
        if len(last) < FAILURES or any(use.outcome != "failed" for use in last):
            return
        with self._record.database.transaction():
            now = self._record.get(tool.name)
            if (now.version, now.status) == (tool.version, tool.status):
                why = f"{FAILURES} failures in a row in service, the last: {error}"
                withdrawn = changed(tool, status="quarantined")
                self._record.make_current(withdrawn, "quarantined", {"why": why, "was": tool.status})

    def release(self, name: str, why: str) -> Tool:
        """Brings a quarantined tool back into service, its failures so far forgiven.

        Raises:
            StepRefused: It is not in quarantine.
        """
        tool = self._record.get(name)
        if tool.status != "quarantined":
            raise StepRefused(f"{name}: expected a quarantined tool, found it {tool.status}")
        was = [
            event.detail.get("was", "") for event in self._record.events(name) if event.kind == "quarantined"
        ]
        released = changed(tool, status=(was and was[-1]) or "active")
        detail = {"why": why, "after use": str(self._ledger.clock())}
        self._record.make_current(released, "released", detail)
        return released

    def _released_at(self, tool: Tool) -> int:
        """Returns the number of the last use before the version was last released; 0 where it never was."""
        marks = [
            int(event.detail["after use"])
            for event in self._record.events(tool.name)
            if event.version == tool.version and "after use" in event.detail
        ]
        return max(marks, default=0)
