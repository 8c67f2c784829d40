"""What the loop of calls is given, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.knowledge.context import Context
from agent.request import Json, Wish
from agent.tool_face import ToolFace
from agent.trace_entry import TraceEntry


@dataclass(frozen=True)
class LoopTask:
    """A request as the loop works on it.

    Attributes:
        wish: What is wanted.
        context: What is known for it, from documents, earlier work and the user's facts: data.
        faces: Tools that may serve it.
        evidence: What was wrong with earlier tries.
    """

    wish: Wish
    context: Context = field(default_factory=Context)
    faces: tuple[ToolFace, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoopExecution:
    """What came of it.

    Attributes:
        value: The answer, as JSON.
        error: Why there is none; "" where there is one.
        trace: The calls, in order; `line` is the number of the reply.
        created: Names of the tools that were made.
    """

    value: Json = None
    error: str = ""
    trace: tuple[TraceEntry, ...] = ()
    created: tuple[str, ...] = ()
