"""OpenTelemetry spans of exchanges, by the GenAI conventions. The only file that imports opentelemetry.

It is imported only where the program has done so already, to set up a tracer provider (or by running under
`opentelemetry-instrument`); otherwise nothing is imported and no span made. Spans tell of numbers and names,
never of what was said. https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

from language_models.backend import Completions
from language_models.exchange_record import AnyRequest
from language_models.redaction import redacted

TRACER = "funsearch.language_models"


class Span(Protocol):
    """A span of one exchange."""

    def answered(self, answer: Completions) -> None:
        """Ends it with what came."""

    def failed(self, error: BaseException) -> None:
        """Ends it with what went wrong."""


class NoSpan:
    """Nobody listens."""

    def answered(self, answer: Completions) -> None:
        """Does nothing."""

    def failed(self, error: BaseException) -> None:
        """Does nothing."""


def span_of(backend: str, request: AnyRequest) -> Span:
    """Returns a span that has begun; one that does nothing where OpenTelemetry is not at work."""
    if "opentelemetry.trace" not in sys.modules:
        return NoSpan()
    return _ModelSpan(backend, request)


class _ModelSpan:
    def __init__(self, backend: str, request: AnyRequest) -> None:
        from opentelemetry import trace

        self._trace = trace
        model, _, host = redacted(backend).partition(" at ")
        operation = "text_completion" if hasattr(request, "prompt") else "chat"
        said: dict[str, Any] = {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": "openai" if host == "api.openai.com" else "_OTHER",
            "gen_ai.request.model": model,
            "gen_ai.request.max_tokens": request.max_tokens,
            "gen_ai.request.temperature": float(request.temperature),
            "gen_ai.request.choice.count": request.samples,
            "gen_ai.request.stop_sequences": [redacted(text) for text in request.stop],
            "gen_ai.request.seed": request.seed,
            "server.address": host,
        }
        self._span = trace.get_tracer(TRACER).start_span(
            f"{operation} {model}",
            kind=trace.SpanKind.CLIENT,
            attributes={name: value for name, value in said.items() if value not in (None, [], "")},
        )

    def answered(self, answer: Completions) -> None:
        reasons = [choice.finish_reason for choice in answer.choices]
        self._span.set_attribute("gen_ai.response.finish_reasons", reasons)
        self._span.set_attribute("gen_ai.usage.input_tokens", answer.usage.prompt_tokens)
        self._span.set_attribute("gen_ai.usage.output_tokens", answer.usage.completion_tokens)
        self._span.end()

    def failed(self, error: BaseException) -> None:
        self._span.set_attribute("error.type", type(error).__name__)
        self._span.set_status(self._trace.StatusCode.ERROR, redacted(str(error)))
        self._span.end()
