"""What a chat is asked, and what it gives: an answer, or a failure that holds every attempt.

ModelError
└── ModelRequestFailed
└── ChatFailed         no attempt gave a reply of the form asked for
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from language_models.backend import Completion, ModelRequestFailed, Usage
from language_models.conversation import Conversation
from language_models.exchange import Exchange
from language_models.parser import Form, ParseError, Parser

T = TypeVar("T")


@dataclass(frozen=True)
class Task(Generic[T]):
    """What is asked.

    Attributes:
        conversation: What was said so far.
        parser: Makes a value of the reply.
        attempts: How often to ask at most.
    """

    conversation: Conversation
    parser: Parser[T]
    attempts: int

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise ValueError(f"attempts: expected a whole number of 1 or more, found {self.attempts!r}")

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms to ask for, the surest first."""
        return self.parser.forms.ranked

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools that may be called."""
        return tuple(tool.name for tool in self.forms[0].tools)


@dataclass(frozen=True)
class Attempt:
    """A reply that had not the form asked for.

    Attributes:
        reply: What the model said.
        error: What is wrong with it.
        usage: What it cost.
        exchange: Its record; None where nobody records.
    """

    reply: Completion
    error: ParseError
    usage: Usage
    exchange: Exchange | None = None


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A value that a model gave.

    Attributes:
        value: As the parser made it.
        conversation: What was said, as far as the model was told it, and the reply; without failed attempts.
        usage: Of all attempts.
        attempts: How many it took.
        exchange: Record of the reply, to add what became of it; None where nobody records.
    """

    value: T
    conversation: Conversation
    usage: Usage
    attempts: int
    exchange: Exchange | None = None


class ChatFailed(ModelRequestFailed):
    """No attempt gave a reply of the form asked for.

    Attributes:
        attempts: All of them, in order.
    """

    def __init__(self, name: str, attempts: Sequence[Attempt]) -> None:
        self.attempts = tuple(attempts)
        told = "; ".join(f"{number}: {attempt.error}" for number, attempt in enumerate(attempts, start=1))
        super().__init__(f"{name}: no reply of the form asked for in {len(attempts)} attempts: {told}")

    @property
    def usage(self) -> Usage:
        """What all attempts cost."""
        return spent(self.attempts)


def spent(attempts: Sequence[Attempt]) -> Usage:
    """Returns what attempts cost together."""
    return sum((attempt.usage for attempt in attempts), Usage())
