"""Makes a conversation fit a model's context: a budget of tokens, and what is given up to keep it."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from language_models.backend import ContextOverflow
from language_models.conversation import Conversation, Part, heads_of, parts_of
from language_models.message import Message

Counter: TypeAlias = Callable[[str], int]
Fits: TypeAlias = Callable[[Sequence[Part]], bool]

BYTES_PER_TOKEN = 3  # English has 4 to 5, code 3 to 4, Chinese 3; rather too many tokens than too few
TOKENS_PER_MESSAGE = 6  # what a template puts around one
DROPPED = "[result left out]"


def estimated_tokens(text: str) -> int:
    """Returns about how many tokens a text has: a third of its bytes, which is rather too many."""
    return math.ceil(len(text.encode(errors="replace")) / BYTES_PER_TOKEN)


class Compaction(Protocol):
    """Makes a conversation shorter."""

    def __call__(self, parts: tuple[Part, ...], fits: Fits) -> tuple[Part, ...]:
        """Returns the parts after the instructions, fewer or shorter, as far as `fits` asks for it."""


@dataclass(frozen=True)
class KeepLast:
    """Keeps the last so many messages; a call is kept with its results, even where that is one more."""

    messages: int

    def __call__(self, parts: tuple[Part, ...], fits: Fits) -> tuple[Part, ...]:
        """Returns the last parts."""
        kept, count = len(parts), 0
        while kept > 0 and count < self.messages:
            kept -= 1
            count += len(parts[kept])
        return parts[kept:]


@dataclass(frozen=True)
class DropOldestResults:
    """Puts a short mark in the place of the oldest results of tools, one by one, until the rest fits."""

    def __call__(self, parts: tuple[Part, ...], fits: Fits) -> tuple[Part, ...]:
        """Returns the parts with some results left out."""
        made = list(parts)
        for number, part in enumerate(parts):
            for place, message in enumerate(part):
                if fits(made):
                    return tuple(made)
                if message.role == "tool" and len(message.content) > len(DROPPED):
                    shorter = replace(message, content=DROPPED)
                    made[number] = (*made[number][:place], shorter, *made[number][place + 1 :])
        return tuple(made)


@dataclass(frozen=True)
class DropOldest:
    """Leaves out the oldest parts, one by one, until the rest fits; the last stays."""

    def __call__(self, parts: tuple[Part, ...], fits: Fits) -> tuple[Part, ...]:
        """Returns the newest parts."""
        while len(parts) > 1 and not fits(parts):
            parts = parts[1:]
        return parts


@dataclass(frozen=True)
class Summarise:
    """Puts a summary in the place of all but the last so many messages.

    Attributes:
        summary: Makes the summary of messages; another chat, say.
        keep: How many messages stay as they are.
    """

    summary: Callable[[tuple[Message, ...]], str]
    keep: int = 4

    def __call__(self, parts: tuple[Part, ...], fits: Fits) -> tuple[Part, ...]:
        """Returns the summary and the last parts."""
        recent = KeepLast(self.keep)(parts, fits)
        older = parts[: len(parts) - len(recent)]
        if not older:
            return parts
        text = self.summary(tuple(message for part in older for message in part))
        return ((Message("user", f"Summary of what was said before:\n{text}"),), *recent)


@dataclass(frozen=True)
class Window:
    """A model's context, and what is done where a conversation outgrows it.

    Attributes:
        tokens: Size of the context, the reply included.
        compactions: Tried in order, each on what the one before left, until the conversation fits.
        count: Tokens of a text. Where the backend has no exact count, `estimated_tokens`.
    """

    tokens: int
    compactions: tuple[Compaction, ...] = (DropOldestResults(), DropOldest())
    count: Counter = estimated_tokens

    def fitted(self, conversation: Conversation, reply_tokens: int, beside: str = "") -> Conversation:
        """Returns the conversation, compacted where it must be.

        Args:
            conversation: Instructions at its head are kept.
            reply_tokens: Room for the reply.
            beside: What the request says besides: tools, a schema.

        Raises:
            ContextOverflow: Even the compacted conversation does not fit.
        """
        heads = tuple(heads_of(conversation.messages))
        room = self.tokens - reply_tokens - self._of(heads) - (self.count(beside) if beside else 0)
        parts = tuple(parts_of(conversation.messages[len(heads) :]))

        tokens_of = functools.cache(self._of)  # compaction asks again and again

        def fits(some: Sequence[Part]) -> bool:
            return sum(map(tokens_of, some)) <= room

        for compaction in self.compactions:
            if fits(parts):
                break
            parts = compaction(parts, fits)
        if not fits(parts):
            raise self._overflow(sum(map(tokens_of, parts)), room, reply_tokens)
        return Conversation((*heads, *(message for part in parts for message in part)))

    def _of(self, messages: Sequence[Message]) -> int:
        return sum(TOKENS_PER_MESSAGE + self.count(_text_of(message)) for message in messages)

    def _overflow(self, needed: int, room: int, reply_tokens: int) -> ContextOverflow:
        return ContextOverflow(
            f"conversation: expected at most {max(room, 0)} tokens after compaction (a context of "
            f"{self.tokens}, less {reply_tokens} for the reply and what instructions and tools take), found "
            f"{needed}; shorten the last messages, ask for fewer tokens (max_tokens) or take a model with a "
            "longer context"
        )


def _text_of(message: Message) -> str:
    calls = [call.as_dict() for call in message.tool_calls]
    return message.content + (json.dumps(calls, ensure_ascii=False) if calls else "")
