"""What every backend keeps, run over each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from language_models import (
    ChatRequest,
    Completion,
    CompletionBackend,
    CompletionRequest,
    ContextOverflow,
    Delta,
    End,
    FormUnsupported,
    Message,
    RequestTimedOut,
    StreamingBackend,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolFormat,
    llama_server,
)
from language_models.llama_backend import LlamaBackend
from language_models.llama_engine import Loading
from language_models.openai_backend import OpenAIBackend
from language_models.scripted import ScriptedBackend
from programs.schema_check import SchemaCheck
from tests.language_models.chat_server import hangs, serving
from tests.language_models.speaker import instance, speak
from tests.language_models.tiny_model import TOOLS_TEMPLATE, write_tiny_model

KEY = "sk-planted-key-0123456789"
CONVERSATION = (Message("system", "Answer shortly."), Message("user", "Name some colours."))
GREEDY = ChatRequest(CONVERSATION, max_tokens=24, temperature=0.0, seed=3)
PAINT = ToolFormat(
    "paint",
    "Paints a wall in a colour.",
    {
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": ["red", "green"]}, "coats": {"type": "integer"}},
        "required": ["colour", "coats"],
        "additionalProperties": False,
    },
)
SCHEMAS: dict[str, dict[str, Any]] = {
    "flat": dict(PAINT.parameters),
    "list": {
        "type": "object",
        "properties": {
            "sizes": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
            "done": {"type": "boolean"},
        },
        "required": ["sizes", "done"],
        "additionalProperties": False,
    },
    "nested": {
        "type": "object",
        "properties": {"wall": dict(PAINT.parameters)},
        "required": ["wall"],
        "additionalProperties": False,
    },
}


LIST = {"type": "array", "items": {"type": "integer"}, "minItems": 1_500, "maxItems": 1_500}
ENDLESS = ChatRequest(CONVERSATION, max_tokens=1_900, schema=LIST)


def whole(backend: StreamingBackend, request: ChatRequest) -> object:
    return backend.chat(request)


def streamed(backend: StreamingBackend, request: ChatRequest) -> object:
    return list(backend.stream(request))


def scripted_answer(request: CompletionRequest | ChatRequest) -> Completion:
    """Says what a model that keeps the contract would say."""
    if isinstance(request, CompletionRequest):
        return Completion(" x + 1", "stop")
    if request.tool_choice == "required":
        tool = request.tools[0]
        call = ToolCall("call_1", tool.name, json.dumps(instance(dict(tool.parameters))))
        return Completion("", "tool_calls", (call,))
    if request.schema is not None:
        return Completion(json.dumps(instance(dict(request.schema))), "stop")
    return Completion(f"red green blue {request.seed if request.temperature else ''} white", "stop")


@pytest.fixture
def openai() -> Iterator[OpenAIBackend]:
    with serving(speak) as endpoint, OpenAIBackend("stub", api_key=KEY, base_url=endpoint.url) as backend:
        yield backend


@pytest.fixture(scope="session")
def served(model_path: Path) -> Iterator[OpenAIBackend]:
    """The embedded model's own server, over the wire."""
    with (
        llama_server.serve(model_path, api_key=KEY, loading=Loading(context_tokens=512)) as model,
        OpenAIBackend(None, api_key=KEY, base_url=model.base_url) as backend,
    ):
        yield backend


@pytest.fixture(scope="session")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamingBackend]:
    """A random model of two layers: it speaks, and makes no sense."""
    pytest.importorskip("torch", reason="needs pip install 'funsearch[local]'")
    pytest.importorskip("transformers", reason="needs pip install 'funsearch[local]'")
    from language_models.transformers_backend import TransformersBackend

    folder = write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny-llama", TOOLS_TEMPLATE)
    with TransformersBackend(folder, context_tokens=512, parallel=4) as backend:
        yield backend


# A backend is added here, and keeps everything below.
TRANSFORMERS = pytest.param(
    "transformers", marks=pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
)
LLAMA = pytest.param("llama", marks=pytest.mark.model)
SERVED = pytest.param("served", marks=pytest.mark.model)
CALLERS = ["scripted", "openai", LLAMA]  # llama.cpp's server binds no calls
FORMERS = [*CALLERS, SERVED]  # transformers binds nothing
CHATTERS = [*FORMERS, TRANSFORMERS]
COMPLETERS = CHATTERS
BOUNDED = ["openai", LLAMA, SERVED, TRANSFORMERS]  # models with a context


@pytest.fixture(params=COMPLETERS)
def completer(request: pytest.FixtureRequest) -> CompletionBackend:
    if request.param == "scripted":
        return ScriptedBackend(scripted_answer)
    backend: CompletionBackend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(params=CHATTERS)
def chatter(request: pytest.FixtureRequest) -> StreamingBackend:
    if request.param == "scripted":
        return ScriptedBackend(scripted_answer)
    backend: StreamingBackend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(params=CALLERS)
def caller(request: pytest.FixtureRequest) -> StreamingBackend:
    if request.param == "scripted":
        return ScriptedBackend(scripted_answer)
    backend: StreamingBackend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(params=FORMERS)
def former(request: pytest.FixtureRequest) -> StreamingBackend:
    if request.param == "scripted":
        return ScriptedBackend(scripted_answer)
    backend: StreamingBackend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(params=BOUNDED)
def bounded(request: pytest.FixtureRequest) -> StreamingBackend:
    backend: StreamingBackend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(params=["openai", LLAMA])
def impatient(request: pytest.FixtureRequest) -> Iterator[StreamingBackend]:
    """A backend that waits for a second, where `ENDLESS` takes longer."""
    if request.param == "llama":
        path = request.getfixturevalue("model_path")
        with LlamaBackend(path, context_tokens=2048, parallel=1, timeout_seconds=1.0) as backend:
            yield backend
    else:
        with (
            serving(lambda body: hangs if "response_format" in body else speak(body)) as endpoint,
            OpenAIBackend("stub", base_url=endpoint.url, timeout_seconds=1.0) as backend,
        ):
            yield backend


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def calls_of(deltas: list[Delta]) -> tuple[ToolCall, ...]:
    """Returns the calls put together, whose first pieces alone have an id and a name."""
    begun: dict[int, ToolCall] = {}
    for delta in deltas:
        if isinstance(delta, ToolCallDelta):
            assert (delta.index in begun) == (not delta.id) == (not delta.name)
            so_far = begun.get(delta.index, ToolCall(delta.id, delta.name, ""))
            begun[delta.index] = ToolCall(so_far.id, so_far.name, so_far.arguments + delta.arguments)
    assert list(begun) == list(range(len(begun)))
    return tuple(begun.values())


@pytest.mark.parametrize("samples", [1, 3])
def test_a_completion_has_as_many_choices_as_samples_asked_for(
    completer: CompletionBackend, samples: int
) -> None:
    answer = completer.complete(CompletionRequest("def f(x):\n    return", samples=samples, max_tokens=6))
    assert len(answer.choices) == samples
    assert all(choice.finish_reason in ("stop", "length") for choice in answer.choices)
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0


@pytest.mark.model
@pytest.mark.parametrize("name", ["llama", "served"])
def test_a_grammar_binds_a_completion(name: str, request: pytest.FixtureRequest) -> None:
    backend: CompletionBackend = request.getfixturevalue(name)
    bound = CompletionRequest("The colour is", grammar='root ::= " " [0-9] [0-9]', max_tokens=9)
    assert backend.complete(bound).texts[0].strip().isdecimal()
    broken = CompletionRequest("The colour is", grammar="root ::= nothing", max_tokens=9)
    with pytest.raises(FormUnsupported, match="grammar"):
        backend.complete(broken)


@pytest.mark.parametrize("samples", [1, 3])
def test_a_chat_has_as_many_choices_as_samples_asked_for(chatter: StreamingBackend, samples: int) -> None:
    answer = chatter.chat(ChatRequest(CONVERSATION, samples=samples, max_tokens=6))
    assert len(answer.choices) == samples
    assert all(choice.text or choice.finish_reason == "stop" for choice in answer.choices)
    assert all(choice.finish_reason in ("stop", "length") for choice in answer.choices)
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0


def test_a_backend_says_its_name_and_shows_no_key(
    completer: CompletionBackend, chatter: StreamingBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for backend in (completer, chatter):
        assert backend.name
        assert KEY not in f"{backend.name} {backend!r} {backend}"


def test_a_stream_is_the_chat_in_pieces(chatter: StreamingBackend) -> None:
    chatter.chat(GREEDY)  # a prompt that was read before is computed otherwise: the last digits may differ
    deltas = list(chatter.stream(GREEDY))
    whole = chatter.chat(GREEDY)
    assert text_of(deltas) == whole.texts[0]
    assert deltas[-1] == End(whole.choices[0].finish_reason, whole.usage)
    assert [isinstance(delta, End) for delta in deltas].count(True) == 1
    assert len(deltas) > 3  # word by word, not all at once
    assert all(delta.text for delta in deltas if isinstance(delta, TextDelta))


def test_a_stream_of_many_samples_is_misuse(chatter: StreamingBackend) -> None:
    with pytest.raises(ValueError, match=r"samples=2\): expected 1"):
        chatter.stream(ChatRequest(CONVERSATION, samples=2))


def test_a_stop_text_ends_a_reply_and_is_not_part_of_it(chatter: StreamingBackend) -> None:
    chatter.chat(GREEDY)
    whole = chatter.chat(GREEDY).texts[0]
    stop = next(re.finditer(r"(?<=..)[ -~]{2}", whole)).group()
    stopping = ChatRequest(CONVERSATION, max_tokens=24, temperature=0.0, seed=3, stop=(stop,))
    expected = whole[: whole.index(stop)]
    assert expected
    cut = chatter.chat(stopping).choices[0]
    assert (cut.text, cut.finish_reason) == (expected, "stop")
    deltas = list(chatter.stream(stopping))
    assert text_of(deltas) == expected
    assert isinstance(end := deltas[-1], End)
    assert end.finish_reason == "stop"


def test_the_same_seed_gives_the_same_reply_and_others_give_others(chatter: StreamingBackend) -> None:
    def reply(seed: int) -> str:
        return chatter.chat(ChatRequest(CONVERSATION, max_tokens=12, seed=seed)).texts[0]

    assert reply(1) == reply(1)
    assert len({reply(seed) for seed in range(4)}) > 1


def test_a_call_that_is_required_comes_with_arguments_by_the_schema(caller: StreamingBackend) -> None:
    request = ChatRequest(
        CONVERSATION, max_tokens=60, temperature=0.0, seed=3, tools=(PAINT,), tool_choice="required"
    )
    choice = caller.chat(request).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.tool_calls
    deltas = list(caller.stream(request))
    assert len(deltas) > 2  # the arguments come in pieces
    calls = calls_of(deltas)
    assert len(calls) == len(choice.tool_calls)
    for call in (*choice.tool_calls, *calls):
        assert call.id
        assert call.name == "paint"
        assert SchemaCheck(PAINT.parameters).problem(json.loads(call.arguments)) is None
    assert isinstance(end := deltas[-1], End)
    assert end.finish_reason == "tool_calls"


def test_a_conversation_goes_on_after_the_result_of_a_call(chatter: StreamingBackend) -> None:
    call = ToolCall("call_1", "paint", '{"colour": "red", "coats": 2}')
    messages = (
        *CONVERSATION,
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "done", tool_call_id="call_1"),
    )
    choice = chatter.chat(ChatRequest(messages, max_tokens=8, tools=(PAINT,), tool_choice="none")).choices[0]
    assert choice.text
    assert not choice.tool_calls


@pytest.mark.parametrize("form", SCHEMAS)
def test_a_reply_keeps_to_the_schema(former: StreamingBackend, form: str) -> None:
    schema = SCHEMAS[form]
    request = ChatRequest(CONVERSATION, max_tokens=80, temperature=0.0, seed=3, schema=schema)
    (choice,) = former.chat(request).choices
    assert choice.finish_reason == "stop"
    assert SchemaCheck(schema).problem(json.loads(choice.text)) is None
    assert SchemaCheck(schema).problem({}) is not None  # the check sees what is wrong
    assert SchemaCheck(schema).problem(json.loads(text_of(list(former.stream(request))))) is None


@pytest.mark.parametrize("name", [TRANSFORMERS])
@pytest.mark.parametrize("ask", [whole, streamed])
@pytest.mark.parametrize(
    "asked",
    [
        ChatRequest(CONVERSATION, schema=SCHEMAS["flat"]),
        ChatRequest(CONVERSATION, tools=(PAINT,), tool_choice="required"),
    ],
)
def test_what_a_backend_cannot_bind_it_refuses(
    name: str,
    ask: Callable[[StreamingBackend, ChatRequest], object],
    asked: ChatRequest,
    request: pytest.FixtureRequest,
) -> None:
    with pytest.raises(FormUnsupported):
        ask(request.getfixturevalue(name), asked)


def test_a_stream_that_is_closed_leaves_the_backend_free(chatter: StreamingBackend) -> None:
    whole = chatter.chat(GREEDY).texts
    for _ in range(3):
        deltas = iter(chatter.stream(GREEDY))
        assert isinstance(next(deltas), TextDelta)
        deltas.close()  # type: ignore[attr-defined]
        assert chatter.chat(GREEDY).texts == whole


@pytest.mark.parametrize("ask", [whole, streamed])
def test_a_reply_that_takes_too_long_is_given_up_and_the_next_one_comes(
    impatient: StreamingBackend, ask: Callable[[StreamingBackend, ChatRequest], object]
) -> None:
    with pytest.raises(RequestTimedOut, match="1 s"):
        ask(impatient, ENDLESS)
    assert ask(impatient, ChatRequest(CONVERSATION, max_tokens=2))


@pytest.mark.parametrize("ask", [whole, streamed])
def test_a_conversation_longer_than_the_context_is_told_apart(
    bounded: StreamingBackend, ask: Callable[[StreamingBackend, ChatRequest], object]
) -> None:
    with pytest.raises(ContextOverflow):
        ask(bounded, ChatRequest((Message("user", "word " * 5_000),), max_tokens=2))
    assert ask(bounded, ChatRequest(CONVERSATION, max_tokens=2))


def test_a_stream_that_was_never_read_costs_nothing(chatter: StreamingBackend) -> None:
    chatter.stream(GREEDY)
    assert chatter.chat(GREEDY).texts
