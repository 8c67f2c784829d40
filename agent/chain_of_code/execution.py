"""What came of a plan, and what a plan under way says of itself: a stranger's word, read with care."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.request import Json
from agent.trace_entry import TraceEntry
from programs.json_form import json_form

LONGEST_NAME = 200
LONGEST_MESSAGE = 1000
MOST_NEWS = 300


@dataclass(frozen=True)
class PlanError:
    """Why a plan came to nothing.

    Attributes:
        type: Of the exception, such as "KeyError", or "PlanRefused", "TimedOut", "MemoryExceeded", "Crashed",
            "OutputExceeded", "Rejected", "TooManyCalls".
        message: What it says.
        line: Of the plan; 0 where it is not known.
        text: That line.
    """

    type: str
    message: str
    line: int = 0
    text: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        told = f"{self.type}: {self.message}" if self.message else self.type
        return f"{place}{told}" + (f" (in `{self.text}`)" if self.text else "")


@dataclass(frozen=True)
class Execution:
    """What came of a plan.

    Attributes:
        value: What it came to, as JSON; None where it failed.
        failure: Why it failed; None where it did not.
        trace: Its calls and what they gave, and its variables whenever a step has changed them.
        output: What it printed, cut.
        state: Its variables at the end, shortened.
    """

    value: Json = None
    failure: PlanError | None = None
    trace: tuple[TraceEntry, ...] = ()
    output: str = ""
    state: Mapping[str, Json] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """The failure in words: type, message and line; "" where there is none."""
        return "" if self.failure is None else str(self.failure)


@dataclass(frozen=True)
class CallMessage:
    """A plan's call that somebody must answer."""

    name: str
    positional: Sequence[Json]
    named: Mapping[str, Json]
    line: int
    column: int


@dataclass(frozen=True)
class Message:
    """What a plan says when it stops: a call, or its end.

    Attributes:
        call: None at its end.
        value: What it came to.
        error: Why it came to nothing.
        news: Per step run since the last message its line and the variables that it has changed.
        state: Its variables, shortened.
    """

    call: CallMessage | None = None
    value: Json = None
    error: PlanError | None = None
    news: tuple[tuple[int, Mapping[str, Json]], ...] = ()
    state: Mapping[str, Json] = field(default_factory=dict)


class Malformed(ValueError):
    """What was said is no message."""


def read_message(said: object) -> Message:
    """Returns the message that crossed the sandbox's border; raises `Malformed`."""
    plain = json_form(said, strict=True)
    if not isinstance(plain, dict):
        raise Malformed(f"expected a message of the plan, found {plain!r:.80}")
    news, state = tuple(_news(plain.get("trace"))), _dictionary(plain.get("state", {}))
    if "call" in plain:
        return Message(_call(plain), news=news, state=state)
    if plain.get("done") is not True:
        raise Malformed(f"expected a call or an end, found {plain!r:.80}")
    failure = plain.get("error")
    error = None if failure is None else _error(_dictionary(failure))
    return Message(None, None if error else plain.get("value"), error, news, state)


def _call(said: Mapping[str, Json]) -> CallMessage:
    name, positional, named = said["call"], said.get("args"), _dictionary(said.get("kwargs"))
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not isinstance(positional, list):
        raise Malformed(f"expected a call with its arguments, found {said!r:.80}")
    return CallMessage(name, positional, named, _number(said.get("line")), _number(said.get("column")))


def _error(failure: Mapping[str, Json]) -> PlanError:
    kind, message = str(failure.get("type"))[:LONGEST_NAME], str(failure.get("message"))[:LONGEST_MESSAGE]
    return PlanError(kind, message, _number(failure.get("line")))


def _news(said: Json) -> Iterator[tuple[int, Mapping[str, Json]]]:
    for entry in said[:MOST_NEWS] if isinstance(said, list) else ():
        if isinstance(entry, dict):
            yield _number(entry.get("line")), _dictionary(entry.get("values"))


def _dictionary(said: Json) -> dict[str, Json]:
    if not isinstance(said, dict):
        raise Malformed(f"expected an object, found {said!r:.80}")
    return said


def _number(said: Json) -> int:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 10**9 else 0
