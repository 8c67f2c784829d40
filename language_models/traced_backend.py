"""Backends of which every exchange is kept: in traces, and as a span where OpenTelemetry is at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from language_models.backend import (
    ChatBackend,
    ChatRequest,
    CompletionBackend,
    CompletionRequest,
    Completions,
    Delta,
    FormUnsupported,
)
from language_models.exchange import current_purpose, record
from language_models.exchange_record import AnyRequest, answer_record, request_record
from language_models.spans import span_of
from language_models.streaming import Gathered, close, streamed
from language_models.traces import TracedExchange, Traces, new_name


class _Tracer:
    """Writes the exchanges of one backend down."""

    def __init__(self, traces: Traces | None, purpose: str) -> None:
        self._traces = traces
        self._purpose = purpose

    def begun(self, backend: str, request: AnyRequest) -> _Exchange:
        exchange = _Exchange(backend, current_purpose() or self._purpose, request, self._traces)
        if self._traces is not None:
            record(TracedExchange(exchange.id, self._traces))
        return exchange


class _Exchange:
    """One exchange, from the request to its end."""

    def __init__(self, backend: str, purpose: str, request: AnyRequest, traces: Traces | None) -> None:
        self.id = new_name()
        self._known: dict[str, Any] = {
            "purpose": purpose,
            "backend": backend,
            "request": request_record(request),
        }
        self._traces = traces
        self._begin = time.monotonic()
        self._span = span_of(backend, request)

    def first(self) -> None:
        """The first piece has come."""
        self._known.setdefault("first_seconds", round(time.monotonic() - self._begin, 4))

    def answered(self, answer: Completions) -> None:
        """The answer is complete."""
        self._span.answered(answer)
        self._end(answer=answer_record(answer))

    def failed(self, error: BaseException, so_far: Completions | None = None) -> None:
        """The backend raised, or nobody wanted the rest; what had come is kept."""
        self._span.failed(error)
        told = {"type": type(error).__name__, "message": str(error)}
        partial = {"partial": answer_record(so_far)} if so_far is not None and _has_words(so_far) else {}
        self._end(error=told, **partial)

    def _end(self, **told: object) -> None:
        if self._traces is not None:
            seconds = round(time.monotonic() - self._begin, 4)
            self._traces.exchange({**self._known, **told, "seconds": seconds}, self.id)


class TracedBackend:
    """A chat backend of which every exchange is kept; it streams where the other does.

    What the exchange is for comes from `exchange.purpose`, else from `purpose`. Its record can be had by
    `exchange.recorded`, to add what became of it. Where traces cannot be written, replies come all the same.

    Args:
        backend: Who replies.
        traces: Where it is kept; None for nowhere, then only spans are made.
        purpose: What the exchanges are for, where nobody says.
    """

    def __init__(self, backend: ChatBackend, traces: Traces | None, purpose: str = "") -> None:
        self._backend = backend
        self._tracer = _Tracer(traces, purpose)

    def __repr__(self) -> str:
        return f"TracedBackend({self.name})"

    @property
    def name(self) -> str:
        """The backend's name."""
        return self._backend.name

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the backend's replies."""
        return _traced(self._backend.chat, self._tracer.begun(self.name, request), request)

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns the backend's continuations.

        Raises:
            FormUnsupported: It only chats.
        """
        ask: Callable[[CompletionRequest], Completions] | None = getattr(self._backend, "complete", None)
        if ask is None:
            raise FormUnsupported(f"{self.name}: it chats only; ask with a ChatRequest")
        return _traced(ask, self._tracer.begun(self.name, request), request)

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the backend's reply as it comes."""
        exchange = self._tracer.begun(self.name, request)
        try:
            deltas = streamed(self._backend, request)
        except Exception as error:
            exchange.failed(error)
            raise
        return _gathered(deltas, exchange)


class TracedCompleter:
    """A completion backend of which every exchange is kept; arguments are those of `TracedBackend`."""

    def __init__(self, backend: CompletionBackend, traces: Traces | None, purpose: str = "") -> None:
        self._backend = backend
        self._tracer = _Tracer(traces, purpose)

    def __repr__(self) -> str:
        return f"TracedCompleter({self.name})"

    @property
    def name(self) -> str:
        """The backend's name."""
        return self._backend.name

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns the backend's continuations."""
        return _traced(self._backend.complete, self._tracer.begun(self.name, request), request)


def _traced(ask: Callable[[Any], Completions], exchange: _Exchange, request: AnyRequest) -> Completions:
    try:
        answer = ask(request)
    except BaseException as error:
        exchange.failed(error)
        raise
    exchange.answered(answer)
    return answer


def _gathered(deltas: Iterator[Delta], exchange: _Exchange) -> Iterator[Delta]:
    """Yields the pieces, and keeps the reply when it ends, however it does."""
    gathered = Gathered()
    try:
        for delta in deltas:
            exchange.first()
            gathered.add(delta)
            yield delta
    except BaseException as error:  # GeneratorExit too: who reads has had enough
        exchange.failed(error, gathered.completions())
        raise
    else:
        exchange.answered(gathered.completions())
    finally:
        close(deltas)


def _has_words(answer: Completions) -> bool:
    return any(choice.text or choice.tool_calls for choice in answer.choices)
