"""Serving: a call by any name, written into the ledger with the request that it was made for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from sandbox.interface import Limits, SandboxError, Value
from tool_bank.aliases import Aliases
from tool_bank.errors import BankUnavailable, ToolCallFailed, ToolCallRefused, ToolNotCallable
from tool_bank.ledger import Ledger, Use, UseOutcome
from tool_bank.quarantine import Quarantine
from tool_bank.record import FAILED_OWN, Record
from tool_bank.tool import SERVED, Tool

logger = logging.getLogger(__name__)

LimitedRun = Callable[[Tool, Mapping[str, Value], Limits | None], Value]
_SAYS_NO = "ValueError:"  # how a sound tool refuses arguments that its schema lets pass
_BY_LIMITS = frozenset({"timed_out", "memory_exceeded", "output_exceeded"})


class Serving:
    """Answers calls.

    Args:
        record: Knows the tools.
        aliases: Know who answers for a name.
        ledger: Is told of every call.
        quarantine: Is told of every failure.
        run: Runs a tool in its sandbox.
    """

    def __init__(
        self, record: Record, aliases: Aliases, ledger: Ledger, quarantine: Quarantine, run: LimitedRun
    ) -> None:
        self._record = record
        self._aliases = aliases
        self._ledger = ledger
        self._quarantine = quarantine
        self._run = run

    def call(
        self, name: str, arguments: Mapping[str, Value], limits: Limits | None = None, request: str = ""
    ) -> Value:
        """Returns what the tool that answers for a name returns; see `ToolBank.call`."""
        if not isinstance(request, str):
            raise ValueError(
                f"call(request={request!r:.80}): expected a text, found {type(request).__name__}"
            )
        tool = self._record.get(self._aliases.target(name))
        started = time.monotonic()
        outcome: UseOutcome = "stopped"
        error = ""
        try:
            value = self._answer(name, tool, arguments, limits)
            outcome = "returned"
            return value
        except (ToolCallRefused, ToolNotCallable) as refusal:
            outcome, error = "refused", str(refusal)
            raise
        except ToolCallFailed as failure:
            outcome, error = _judged(failure, limits), str(failure)
            raise
        except SandboxError as broken:
            error = str(broken)
            raise
        finally:
            use = Use(name, tool.version, outcome, time.monotonic() - started, request, error)
            self._write(use, tool)

    def _answer(self, name: str, tool: Tool, arguments: Mapping[str, Value], limits: Limits | None) -> Value:
        if tool.status not in SERVED:
            raise ToolNotCallable(self._why_not(name, tool))
        for alias in self._aliases.path(name):
            arguments = alias.translated(arguments)
        return self._run(tool, arguments, limits)

    def _write(self, use: Use, tool: Tool) -> None:
        """Adds the call to the ledger; a call that was answered stands even where that fails."""
        try:
            self._ledger.write(use)
            if use.outcome == "failed":
                self._quarantine.after_failure(tool, use.error)
        except BankUnavailable as error:
            logger.warning("a call of %s is missing in the ledger: %s", use.name, error)

    def _why_not(self, name: str, tool: Tool) -> str:
        whose = f"{name} is an alias of {tool.name}, which" if name != tool.name else name
        telling = (tool.status, FAILED_OWN)
        told = [e.detail.get("why", "") for e in self._record.events(tool.name) if e.kind in telling]
        why = told[-1] if told else "no reason was given"
        if tool.status == "quarantined":
            mend = f"`funsearch tools release {tool.name} --why ...` or bank.release() brings it back"
            return f"{whose} is quarantined: {why}; {mend}, a better version replaces it"
        return f"{whose} is {tool.status}: {why}"


def _judged(failure: ToolCallFailed, limits: Limits | None) -> UseOutcome:
    """Returns whose doing a failure is: the tool's, its arguments', or the caller's own limits'."""
    if limits is not None and failure.outcome.status in _BY_LIMITS:
        return "stopped"
    results = failure.outcome.results
    if results and not results[0].ok and (results[0].error or "").startswith(_SAYS_NO):
        return "refused"
    return "failed"
