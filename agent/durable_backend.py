"""A chat backend whose replies are kept: a request that is continued pays for no reply twice."""

from __future__ import annotations

from dataclasses import asdict

from agent.operations import Operations
from agent.request import Json
from language_models import ChatBackend, ChatRequest, Completion, Completions, ToolCall, Usage
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
        sampling = {
            "samples": request.samples, "max_tokens": request.max_tokens, "temperature": request.temperature,
            "stop": list(request.stop), "seed": request.seed,
        }  # fmt: skip
        body = {"model": self._backend.name, **chat_fields(request), **sampling}
        answer = _read(self._operations.once("model", body, lambda: asdict(self._backend.chat(request))))
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
