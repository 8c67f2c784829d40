"""A backend that answers from a list or a callable: for tests of the rooms above."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle

from language_models.backend import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    Delta,
    End,
    ModelError,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from language_models.stop_texts import cut_at_stop

AnyRequest = CompletionRequest | ChatRequest
Answer = str | Completion | ModelError  # an error is raised
Answers = Sequence[Answer] | Callable[[AnyRequest], Answer]
_WORD = re.compile(r"\s*\S+|\s+\Z")


class ScriptedBackend:
    """Keeps every Protocol; a list is answered in order and again from its start, a callable per sample.

    What is said is cut at the request's stop texts, and is otherwise the script's: a schema or a choice of
    tools binds nobody here. Tokens are words.
    """

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

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the next answer word by word, and the arguments of calls in halves."""
        if request.samples != 1:
            raise ValueError(f"stream(samples={request.samples}): expected 1, found {request.samples}")
        return self._streamed(request)

    def _streamed(self, request: ChatRequest) -> Iterator[Delta]:
        reply = self.chat(request)
        (choice,) = reply.choices
        yield from (TextDelta(word) for word in _words(choice.text))
        for number, call in enumerate(choice.tool_calls):
            half = len(call.arguments) // 2
            yield ToolCallDelta(number, call.id, call.name, call.arguments[:half])
            yield ToolCallDelta(number, "", "", call.arguments[half:])
        yield End(choice.finish_reason, reply.usage)

    def _reply(self, request: AnyRequest, prompt: str) -> Completions:
        self.requests.append(request)
        choices = tuple(_choice(self._answer(request), request.stop) for _ in range(request.samples))
        written = sum(len(words.split()) for c in choices for words in (c.text, *_arguments(c)))
        return Completions(choices, Usage(len(prompt.split()), written))


def _choice(answer: Answer, stop: tuple[str, ...]) -> Completion:
    if isinstance(answer, ModelError):
        raise answer
    choice = Completion(answer, "stop") if isinstance(answer, str) else answer
    text, _ = cut_at_stop(choice.text, stop)
    return replace(choice, text=text)


def _arguments(choice: Completion) -> list[str]:
    return [call.arguments for call in choice.tool_calls]


def _words(text: str) -> list[str]:
    """Returns the words of a text, each with the blanks before it; together they are the text."""
    return _WORD.findall(text)


def _in_turn(answers: Iterator[Answer]) -> Callable[[AnyRequest], Answer]:
    """Returns a callable that gives the answers one by one, whatever is asked."""
    return lambda _request: next(answers)
