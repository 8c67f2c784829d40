"""Reuse: what the ledger tells of tools, and of the bank as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tool_bank.ledger import Use
from tool_bank.tool import Tool


@dataclass(frozen=True)
class ToolUse:
    """What the ledger tells of one tool, calls by its aliases included.

    Attributes:
        name: The tool.
        status: Whether it is served.
        uses: How often it was called.
        requests: For how many different requests.
        failures: How often it failed.
        last_use: When it was called last; None where it never was.
        median_seconds: How long a call that returned took; None where none did.
    """

    name: str
    status: str
    uses: int
    requests: int
    failures: int
    last_use: str | None
    median_seconds: float | None


@dataclass(frozen=True)
class BankUse:
    """What the ledger tells of a bank.

    Attributes:
        tools: Every tool, the most used first.
        calls: How many there were.
        requests: How many different requests were named.
        reused: Share of those in which a tool returned that was made for another request: the one in its
            provenance, else the first that it was called for; None where no request was named.
        never_used: Served tools that nobody has called.
    """

    tools: tuple[ToolUse, ...]
    calls: int
    requests: int
    reused: float | None
    never_used: tuple[str, ...]


def bank_use(tools: Sequence[Tool], served: frozenset[str], uses: Mapping[str, Sequence[Use]]) -> BankUse:
    """Returns what these uses, by the tool that answered, tell.

    Args:
        tools: Those of the bank.
        served: The statuses of tools in service.
        uses: In order.
    """
    views = sorted(
        (tool_use(tool, uses.get(tool.name, ())) for tool in tools), key=lambda v: (-v.uses, v.name)
    )
    requests = {use.request for some in uses.values() for use in some if use.request}
    reusing = {request for tool in tools for request in _reusing(tool, uses.get(tool.name, ()))}
    return BankUse(
        tools=tuple(views),
        calls=sum(map(len, uses.values())),
        requests=len(requests),
        reused=len(reusing) / len(requests) if requests else None,
        never_used=tuple(view.name for view in views if not view.uses and view.status in served),
    )


def tool_use(tool: Tool, uses: Sequence[Use]) -> ToolUse:
    """Returns what these uses, in order, tell of the tool that answered them."""
    seconds = [use.seconds for use in uses if use.outcome == "returned"]
    return ToolUse(
        name=tool.name,
        status=tool.status,
        uses=len(uses),
        requests=len({use.request for use in uses if use.request}),
        failures=sum(use.outcome == "failed" for use in uses),
        last_use=uses[-1].at if uses else None,
        median_seconds=median(seconds) if seconds else None,
    )


def _reusing(tool: Tool, uses: Sequence[Use]) -> set[str]:
    """Returns the requests that a tool served and was not made for."""
    named = [use.request for use in uses if use.request and use.outcome == "returned"]
    made_for = tool.provenance.get("request") or next(iter(named), None)
    return {request for request in named if request != made_for}
