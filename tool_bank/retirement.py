"""Retirement by use: TroVE's rule (arXiv 2401.12869) with a time of grace.

TroVE drops a function used fewer than log20(n) times in n examples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tool_bank.ledger import Use

BASE = 20


@dataclass(frozen=True)
class Grace:
    """What a tool is given before it is judged by its use.

    Attributes:
        days: Time in service.
        requests: Requests served by the bank meanwhile.
        tools: The bank keeps as many tools in service, used or not.
    """

    days: float = 30.0
    requests: int = 200
    tools: int = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise ValueError(f"Grace({name}={value!r}): expected a number of 0 or more")


@dataclass(frozen=True)
class Unused:
    """A tool that is used too little, and why that is said."""

    name: str
    uses: int
    why: str


def unused(
    in_service: Mapping[str, str], uses: Mapping[str, Sequence[Use]], grace: Grace, now: str
) -> list[Unused]:
    """Returns the tools that are used too little, the least used first.

    Args:
        in_service: Every served tool, with the time since when it is.
        uses: Those of every tool, calls by its aliases included.
        grace: What they are given.
        now: The time as the record writes it.
    """
    everything = [use for some in uses.values() for use in some]
    found = []
    for name, since in in_service.items():
        days = (datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds() / 86_400
        requests = _requests(use for use in everything if use.at >= since)
        count = sum(use.at >= since and use.outcome == "returned" for use in uses.get(name, ()))
        due = math.log(requests, BASE) if requests else 0.0
        if days >= grace.days and requests >= grace.requests and count < due:
            why = f"{count} uses in {requests} requests and {days:.1f} days, fewer than log{BASE} = {due:.2f}"
            found.append(Unused(name, count, why))
    found.sort(key=lambda tool: (tool.uses, tool.name))
    return found[: max(0, len(in_service) - int(grace.tools))]


def _requests(uses: Iterable[Use]) -> int:
    """Returns how many requests there were; a call for none that was named is one by itself."""
    named = [use.request for use in uses]
    return len(set(filter(None, named))) + named.count("")
