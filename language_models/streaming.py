"""Replies in pieces: put together, taken apart, and asked for from any backend."""

from __future__ import annotations

from collections.abc import Iterator

from language_models.backend import (
    ChatBackend,
    ChatRequest,
    Completion,
    Completions,
    Delta,
    End,
    ModelRequestFailed,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from language_models.message import ToolCall


def streamed(backend: ChatBackend, request: ChatRequest) -> Iterator[Delta]:
    """Returns the pieces of a reply; a backend that cannot stream gives the whole of it at once."""
    stream = getattr(backend, "stream", None)
    if stream is not None:
        deltas: Iterator[Delta] = stream(request)
        return deltas
    if request.samples > 1:
        raise ValueError(f"stream(samples={request.samples}): expected 1, found {request.samples}")
    return _whole(backend, request)


def deltas_of(completions: Completions) -> Iterator[Delta]:
    """Yields the pieces of the first choice of an answer."""
    choice = completions.choices[0]
    if choice.text:
        yield TextDelta(choice.text)
    for index, call in enumerate(choice.tool_calls):
        yield ToolCallDelta(index, call.id, call.name, call.arguments)
    yield End(choice.finish_reason, completions.usage)


def _whole(backend: ChatBackend, request: ChatRequest) -> Iterator[Delta]:
    yield from deltas_of(backend.chat(request))


class Gathered:
    """Puts the pieces of a reply together."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._calls: dict[int, tuple[str, str, list[str]]] = {}
        self.end: End | None = None

    def add(self, delta: Delta) -> None:
        """Takes the next piece."""
        if isinstance(delta, TextDelta):
            self._texts.append(delta.text)
        elif isinstance(delta, End):
            self.end = delta
        else:
            call = self._calls.setdefault(delta.index, (delta.id, delta.name, []))
            call[2].append(delta.arguments)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._texts)

    def call(self, index: int) -> ToolCall:
        """Returns a call as it is so far."""
        identity, name, arguments = self._calls[index]
        return ToolCall(identity, name, "".join(arguments))

    def completion(self) -> Completion:
        """Returns the reply so far; without its end it counts as broken off ("other")."""
        calls = tuple(self.call(index) for index in sorted(self._calls))
        return Completion(self.text, self.end.finish_reason if self.end else "other", calls)

    def completions(self) -> Completions:
        """Returns the reply as an answer of one choice."""
        return Completions((self.completion(),), self.end.usage if self.end else Usage())

    def require_end(self) -> None:
        """Raises `ModelRequestFailed` where the stream stopped without an end."""
        if self.end is None:
            raise ModelRequestFailed("streamed reply: expected its end, found that it broke off")


def close(deltas: Iterator[Delta]) -> None:
    """Ends a stream's request, where the stream is one that can be ended."""
    end = getattr(deltas, "close", None)
    if end is not None:
        end()
