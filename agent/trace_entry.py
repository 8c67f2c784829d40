"""The steps by which an answer came about, with who gave each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from agent.request import Json

TraceKind = Literal["code", "tool", "model", "user"]


@dataclass(frozen=True)
class TraceEntry:
    """One step.

    Attributes:
        kind: Who gave the value: the plan's own code, a tool or action, a model in place of a tool, the user.
        line: Of the plan; in a loop of calls the number of the round. From 1; 0 where there is none.
        name: What was called; "" for a line of code.
        arguments: By name.
        value: What it gave, as JSON.
        error: Why it gave nothing; "" where it did.
    """

    kind: TraceKind
    line: int = 0
    name: str = ""
    arguments: Mapping[str, Json] = field(default_factory=dict)
    value: Json = None
    error: str = ""

    def as_dict(self) -> dict[str, Json]:
        """Returns the entry as JSON."""
        return asdict(self)
