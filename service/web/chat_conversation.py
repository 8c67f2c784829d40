"""A conversation as a chat front end sends it, whole each time: what is asked now, and what it goes on from.

Nothing names a conversation but what was said in it. So a request that comes of one is filed under a digest
of all that was said up to it: sent again, it is found again, also by another process after a restart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from agent.quoted_data import cut, fenced
from agent.requests.request_form import LONGEST_OBJECTIVE

Role = Literal["system", "user", "assistant"]

LONGEST_CONTEXT = 6_000  # characters of earlier turns that go along with a request
LONGEST_TURN = 1_500  # of each of them
_ROOM = 400  # for the marks around them
_WORDS = "Said before in this conversation; it explains the request and asks for nothing itself:"


@dataclass(frozen=True)
class Turn:
    """Something that was said."""

    role: Role
    text: str


@dataclass(frozen=True)
class Conversation:
    """All that was said, the last of it by the user."""

    turns: tuple[Turn, ...]

    @property
    def asked(self) -> str:
        """What the user says now."""
        return self.turns[-1].text

    @property
    def replied(self) -> str | None:
        """What the assistant said just before; None where it said nothing since the user spoke last."""
        before = [turn for turn in self.turns[:-1] if turn.role != "system"][-1:]
        return before[0].text if before and before[0].role == "assistant" else None

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """Of what was said up to each of the user's turns, the last one first.

        What the system says is left out: front ends write the time of day into it.
        """
        return tuple(reversed(list(self._digests())))

    def _digests(self) -> Iterator[str]:
        sofar = hashlib.sha256()
        for turn in self.turns:
            if turn.role == "system":
                continue
            sofar.update(json.dumps([turn.role, plain(turn.text)]).encode())
            if turn.role == "user":
                yield sofar.hexdigest()[:32]

    @property
    def objective(self) -> str:
        """What is to be reached: the user's words now, and earlier turns as quoted context."""
        room = min(LONGEST_CONTEXT, LONGEST_OBJECTIVE - len(self.asked) - _ROOM)
        context = self._context(room)
        return f"{self.asked}\n\n{_WORDS}\n{fenced(context, room)}" if context else self.asked

    def _context(self, room: int) -> str:
        """Returns the earlier turns that there is room for: the system's, and the last ones."""
        chosen: list[Turn] = []
        earlier = self.turns[:-1]
        for turn in sorted(earlier, key=lambda turn: turn.role == "system")[::-1]:
            room -= len(_line(turn))
            if room > 0:
                chosen.append(turn)
        told = [_line(turn) for turn in earlier if any(turn is one for one in chosen)]
        missing = len(earlier) - len(told)
        return "\n".join([f"({missing} earlier turns are left out)"] * bool(missing) + told)


def plain(text: str) -> str:
    """Returns a text as two of them are compared: front ends trim and wrap."""
    return " ".join(text.split())


def _line(turn: Turn) -> str:
    return f"{turn.role}: {cut(turn.text, LONGEST_TURN)}"
