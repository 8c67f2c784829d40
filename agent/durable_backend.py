"""A chat backend whose replies are kept: a request that is continued pays for no reply twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from agent.operations import Operations
from agent.request import Json
from language_models import (
    ChatBackend,
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    ToolCall,
    Usage,
)
from language_models.backend import FormUnsupported, Sampling
from language_models.chat_form import chat_fields


class DurableBackend:
    """Asks a model through the operations of one request, whose meter counts the tokens."""

    def __init__(self, backend: ChatBackend, operations: Operations) -> None:
        self._backend = backend
        self._operations = operations

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._backend.name

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the replies; raises what the backend raises, and what `Operations.once` does."""
        return self._once(chat_fields(request), request, lambda: self._backend.chat(request))

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns the continuations; raises as `chat` does, and `FormUnsupported` where it only chats."""
        complete: Callable[[CompletionRequest], Completions] | None = getattr(self._backend, "complete", None)
        if complete is None:
            raise FormUnsupported(f"{self.name}: it chats only; ask with a ChatRequest")
        fields = {"prompt": request.prompt, "grammar": request.grammar}
        return self._once(fields, request, lambda: complete(request))

    def _once(
        self, fields: Mapping[str, Any], request: Sampling, ask: Callable[[], Completions]
    ) -> Completions:
        sampling = {
            "samples": request.samples, "max_tokens": request.max_tokens, "temperature": request.temperature,
            "stop": list(request.stop), "seed": request.seed,
        }  # fmt: skip
        body = {"model": self._backend.name, **fields, **sampling}
        answer = _read(self._operations.once("model", body, lambda: asdict(ask())))
        self._operations.meter.add(usage=answer.usage)
        return answer


def _read(kept: Json) -> Completions:
    choices = tuple(
        Completion(
            choice["text"], choice["finish_reason"], tuple(ToolCall(**call) for call in choice["tool_calls"])
        )
        for choice in kept["choices"]
    )
    return Completions(choices, Usage(**kept["usage"]))
