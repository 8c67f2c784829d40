"""A request: what a user wants, the states it goes through, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any  # None, bool, int, float, str, and lists and dicts of them


class State(StrEnum):
    """Where a request stands."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING_FEEDBACK = "WAITING_FEEDBACK"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


# The one table of transitions; what is not in it is refused.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.NOT_STARTED: frozenset({State.IN_PROGRESS, State.FAILED, State.CANCELED}),
    State.IN_PROGRESS: frozenset({State.WAITING_FEEDBACK, State.SUCCEEDED, State.FAILED, State.CANCELED}),
    State.WAITING_FEEDBACK: frozenset({State.IN_PROGRESS, State.FAILED, State.CANCELED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELED: frozenset(),
}
ENDED = frozenset(state for state, after in TRANSITIONS.items() if not after)

QuestionKind = Literal[
    "information",  # something that only the user knows
    "consent",  # whether a call with effects outside the sandbox may be made; never written by a model
]


@dataclass(frozen=True)
class Question:
    """What the user is asked.

    Attributes:
        id: Names the question within its request.
        text: What to answer.
        kind: What the answer is for.
    """

    id: str
    text: str
    kind: QuestionKind = "information"


@dataclass(frozen=True)
class Outcome:
    """What came of a request.

    Attributes:
        value: The answer, as JSON.
        summary: What was done or why it failed, in words.
        trace: How the answer came about: entries of `agent.trace_entry`, as JSON.
        tools: Names of the bank's tools that were used.
        created: Names of the tools that were made for it.
        tokens: Tokens read and written, of all models.
        seconds: Time worked, waiting for the user left out.
    """

    value: Json = None
    summary: str = ""
    trace: tuple[Mapping[str, Json], ...] = ()
    tools: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class ToolOrder:
    """A tool that is to be made: a request whose answer is a tool.

    Attributes:
        name: What it shall be called.
        description: What it does.
        examples: Such as "f('1h') == 3600".
        signature: Such as "(text: str) -> int"; None where it is to be found.
    """

    name: str
    description: str
    examples: tuple[str, ...] = ()
    signature: str | None = None


@dataclass(frozen=True)
class Wish:
    """What a user wants, checked (`agent.requests.request_form` makes it of what came in).

    Attributes:
        objective: What is to be reached, in words.
        requirements: What must be true of the result: a Python expression of `answer`, or words.
        constraints: What the work must keep to, in words that `agent.requests.terms` reads.
        documents: Files and folders that the user gives for it.
        user: Whose preferences count.
        tool: Set where a tool is ordered.
    """

    objective: str
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    user: str = "user"
    tool: ToolOrder | None = None


@dataclass(frozen=True)
class Request:
    """A wish on file.

    Attributes:
        id: Names it for good.
        wish: What is wanted, as last updated.
        state: Where it stands.
        question: What it waits for, in WAITING_FEEDBACK.
        outcome: What came of it, once it has ended; None for one that was canceled before any work.
        created: When it was filed, ISO 8601 in UTC.
        changed: When its state or its wish changed last.
    """

    id: str
    wish: Wish
    state: State
    question: Question | None
    outcome: Outcome | None
    created: str
    changed: str
