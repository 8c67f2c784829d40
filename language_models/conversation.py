"""A conversation with a chat model: a value that grows; window.py makes it fit a model's context.

A call of a tool and its results are one part of a conversation and never come apart: endpoints refuse a call
without a result, and a result without a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from language_models.backend import Completion
from language_models.message import Message, ToolCall

Part: TypeAlias = tuple[Message, ...]  # one message, or a call with its results


@dataclass(frozen=True, repr=False)
class Conversation:
    """What was said so far; every method returns a new one.

    Attributes:
        messages: In order. Results of tools follow the assistant's message that called them.
    """

    messages: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        open_calls: dict[str, ToolCall] = {}
        for message in self.messages:
            if message.role == "tool" and open_calls.pop(message.tool_call_id, None) is None:
                raise ValueError(
                    "Conversation: expected a result of an open call "
                    f"({', '.join(open_calls) or 'none is open'}), found one of {message.tool_call_id!r}"
                )
            if message.role != "tool" and open_calls:
                raise ValueError(
                    f"Conversation: expected results of the calls {', '.join(open_calls)} first, "
                    f"found a message of the {message.role}"
                )
            open_calls |= {call.id: call for call in message.tool_calls}

    def __repr__(self) -> str:
        """Without what was said: that may hold secrets, and is long."""
        characters = sum(len(message.content) for message in self.messages)
        return f"Conversation({len(self.messages)} messages, {characters} characters)"

    @property
    def open_calls(self) -> tuple[ToolCall, ...]:
        """The calls that wait for their result."""
        last = next(reversed(list(parts_of(self.messages))), ())
        answered = {message.tool_call_id for message in last}
        return tuple(call for message in last for call in message.tool_calls if call.id not in answered)

    def with_system(self, text: str) -> Conversation:
        """Returns the conversation with an instruction at its head, after those that are there."""
        heads = tuple(heads_of(self.messages))
        message = Message("system", text)
        return replace(self, messages=(*heads, message, *self.messages[len(heads) :]))

    def with_user(self, text: str) -> Conversation:
        """Returns the conversation after the user's turn."""
        return self._with(Message("user", text))

    def with_assistant(self, reply: str | Completion) -> Conversation:
        """Returns the conversation after the model's turn."""
        if isinstance(reply, str):
            return self._with(Message("assistant", reply))
        return self._with(Message("assistant", reply.text, reply.tool_calls))

    def with_tool_result(self, call_id: str, result: str) -> Conversation:
        """Returns the conversation after a tool's turn."""
        return self._with(Message("tool", result, tool_call_id=call_id))

    def _with(self, message: Message) -> Conversation:
        return replace(self, messages=(*self.messages, message))


def parts_of(messages: Sequence[Message]) -> Iterator[Part]:
    """Yields the parts of a conversation: messages, and calls with their results."""
    part: list[Message] = []
    for message in messages:
        if part and message.role != "tool":
            yield tuple(part)
            part = []
        part.append(message)
    if part:
        yield tuple(part)


def heads_of(messages: Sequence[Message]) -> Iterator[Message]:
    """Yields the instructions at the head of a conversation."""
    for message in messages:
        if message.role != "system":
            return
        yield message
