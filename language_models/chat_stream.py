"""A reply that is used while it arrives: text, complete fields of JSON, complete calls, the answer last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, TypeAlias, TypeVar

from language_models.asking import Answer, Attempt, Task
from language_models.backend import ChatBackend, ChatRequest, Completions, Delta, TextDelta, ToolCallDelta
from language_models.call_parser import CallParser, ReadCall, with_calls
from language_models.message import ToolCall
from language_models.parser import ParseError, Parser
from language_models.partial_json import PartialJson, Path
from language_models.sending import Sent
from language_models.streaming import Gathered, close, streamed

T = TypeVar("T")


@dataclass(frozen=True)
class FieldDone:
    """A part of the JSON that a model writes is complete; it is validated with the whole, at the end.

    Attributes:
        path: Keys and indices that lead to it; () is the whole.
        value: What it is.
        call: Of which call it is an argument; None in a reply's text.
    """

    path: Path
    value: object
    call: int | None = None


@dataclass(frozen=True)
class CallDone:
    """A call is complete and its arguments are right: it can be made, though the model writes on."""

    call: ReadCall


@dataclass(frozen=True)
class AskedAgain:
    """The reply had not the form asked for: what came so far is void, and a new one begins."""

    error: ParseError


Event: TypeAlias = TextDelta | FieldDone | CallDone | AskedAgain
Failed: TypeAlias = Sequence[Attempt]


def begun(backend: ChatBackend, request: ChatRequest) -> Iterator[Delta]:
    """Returns a reply of which something has arrived: what the backend cannot do, it has said by then."""
    deltas = streamed(backend, request)
    return _Begun(next(deltas, None), deltas)


class StreamedReply(Generic[T]):
    """Yields what is usable of a reply; `answer` holds the whole once it has ended.

    Closing it (or leaving its `with` block) before the end ends the request.
    """

    def __init__(
        self,
        send: Callable[[Failed], Sent[Iterator[Delta]]],
        end: Callable[[Failed, Sent[Completions]], Answer[T] | Attempt],
        task: Task[T],
    ) -> None:
        """Takes how to begin and end.

        Args:
            send: Begins a reply, given the attempts that failed.
            end: From the whole reply to the answer, or to an attempt that failed; raises after the last.
            task: What is asked.
        """
        self._send = send
        self._end = end
        self._task = task
        self._answer: Answer[T] | None = None
        self._events = self._run()

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def __enter__(self) -> StreamedReply[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the request."""
        self._events.close()

    @property
    def answer(self) -> Answer[T]:
        """The answer; what has not arrived is waited for.

        Raises:
            ModelError: As `Chat.ask`; also where the reply was closed before its end.
        """
        for _ in self._events:
            pass
        if self._answer is None:
            raise ValueError(
                "answer: expected a reply that has arrived, found one that was closed or has failed"
            )
        return self._answer

    def _run(self) -> Generator[Event, None, None]:
        failed: list[Attempt] = []
        while self._answer is None:
            gathered = Gathered()
            sent = self._send(failed)
            try:
                yield from _usable(sent.result, gathered, self._task)
            finally:
                close(sent.result)
            ended = self._end(failed, Sent(gathered.completions(), sent.exchange))
            if isinstance(ended, Attempt):
                failed.append(ended)
                yield AskedAgain(ended.error)
            else:
                self._answer = ended


def _usable(deltas: Iterator[Delta], gathered: Gathered, task: Task[Any]) -> Iterator[Event]:
    """Yields the events of one reply, and gathers it."""
    readers: dict[int | None, PartialJson] = defaultdict(PartialJson)
    told: set[int] = set()
    for delta in deltas:
        gathered.add(delta)
        if isinstance(delta, TextDelta):
            yield delta
            yield from _fields(readers[None], None, delta.text)
        elif isinstance(delta, ToolCallDelta):
            reader = readers[delta.index]
            yield from _fields(reader, delta.index, delta.arguments)
            if reader.is_complete and delta.index not in told:
                told.add(delta.index)
                yield from _call(gathered.call(delta.index), task.parser)
    gathered.require_end()
    # Calls that only the end completes: without arguments, broken ones, or such as were made in the text.
    for index, call in enumerate(with_calls(gathered.completion(), task.tools).tool_calls):
        if index not in told:
            yield from _call(call, task.parser)


def _fields(reader: PartialJson, call: int | None, text: str) -> Iterator[FieldDone]:
    for field in reader.feed(text):
        yield FieldDone(field.path, field.value, call)


def _call(call: ToolCall, parser: Parser[Any]) -> Iterator[CallDone]:
    """Yields a call that is right; what is wrong with another is told when the whole is parsed."""
    if isinstance(parser, CallParser):
        try:
            yield CallDone(parser.read(call))
        except ParseError:
            return


class _Begun:
    """A stream of which the first piece was read."""

    def __init__(self, first: Delta | None, rest: Iterator[Delta]) -> None:
        self._first = first
        self._rest = rest

    def __iter__(self) -> Iterator[Delta]:
        return self

    def __next__(self) -> Delta:
        first, self._first = self._first, None
        return next(self._rest) if first is None else first

    def close(self) -> None:
        close(self._rest)
