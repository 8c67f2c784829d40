"""A backend that answers from a list or a callable: for tests of the rooms above."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from language_models.backend import ChatRequest, Completion, CompletionRequest, Completions, Usage

AnyRequest = CompletionRequest | ChatRequest
Answers = Sequence[str] | Callable[[AnyRequest], str]


class ScriptedBackend:
    """Keeps both Protocols; a list is answered in order and again from its start, a callable per sample."""

    def __init__(self, answers: Answers, name: str = "scripted") -> None:
        if not callable(answers) and not answers:
            raise ValueError("ScriptedBackend(answers=[]): expected at least one answer, found none")
        self.name = name
        self.requests: list[AnyRequest] = []
        self._answer = answers if callable(answers) else _in_turn(cycle(answers))

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns the next answers as continuations."""
        return self._reply(request, request.prompt)

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the next answers as replies."""
        return self._reply(request, " ".join(message.content for message in request.messages))

    def _reply(self, request: AnyRequest, prompt: str) -> Completions:
        self.requests.append(request)
        texts = [self._answer(request) for _ in range(request.samples)]
        words = Usage(len(prompt.split()), sum(len(text.split()) for text in texts))
        return Completions(tuple(Completion(text, "stop") for text in texts), words)


def _in_turn(answers: Iterator[str]) -> Callable[[AnyRequest], str]:
    """Returns a callable that gives the answers one by one, whatever is asked."""
    return lambda _request: next(answers)
