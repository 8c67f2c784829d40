"""What every backend keeps, run over each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from language_models import ChatBackend, ChatRequest, CompletionBackend, CompletionRequest, Message
from language_models.openai_backend import OpenAIBackend
from language_models.scripted import ScriptedBackend
from tests.language_models.chat_server import completion, serving

CONVERSATION = (Message("system", "Answer shortly."), Message("user", "What is 2 + 2?"))


@pytest.fixture(params=["scripted", pytest.param("llama", marks=pytest.mark.model)])
def completer(request: pytest.FixtureRequest) -> CompletionBackend:
    if request.param == "scripted":
        return ScriptedBackend([" x + 1", " x"])
    backend: CompletionBackend = request.getfixturevalue("llama")
    return backend


@pytest.fixture(params=["scripted", "openai", pytest.param("llama", marks=pytest.mark.model)])
def chatter(request: pytest.FixtureRequest) -> Iterator[ChatBackend]:
    if request.param == "scripted":
        yield ScriptedBackend(lambda _: "Four.")
    elif request.param == "llama":
        yield request.getfixturevalue("llama")
    else:
        with (
            serving(lambda body: (200, completion(*["4"] * body["n"]))) as endpoint,
            OpenAIBackend("stub", base_url=endpoint.url) as backend,
        ):
            yield backend


@pytest.mark.parametrize("samples", [1, 3])
def test_a_completion_has_as_many_choices_as_samples_asked_for(
    completer: CompletionBackend, samples: int
) -> None:
    answer = completer.complete(CompletionRequest("def f(x):\n    return", samples=samples, max_tokens=6))
    assert len(answer.choices) == samples
    assert all(choice.finish_reason in ("stop", "length") for choice in answer.choices)
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0


@pytest.mark.parametrize("samples", [1, 3])
def test_a_chat_has_as_many_choices_as_samples_asked_for(chatter: ChatBackend, samples: int) -> None:
    answer = chatter.chat(ChatRequest(CONVERSATION, samples=samples, max_tokens=6))
    assert len(answer.choices) == samples
    assert all(choice.text for choice in answer.choices)
    assert answer.usage.prompt_tokens > 0


def test_a_backend_says_its_name(completer: CompletionBackend, chatter: ChatBackend) -> None:
    assert completer.name
    assert chatter.name
