"""The embedded model's replies: word by word, bound to schemas and tools, broken off, side by side."""

from __future__ import annotations

import copy
import json
import threading
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from experiments.reply_schemas import SCHEMAS
from language_models import (
    ChatRequest,
    CompletionRequest,
    End,
    FormUnsupported,
    Message,
    ModelUnavailable,
    RequestTimedOut,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolFormat,
    Usage,
)
from language_models.llama_backend import LlamaBackend
from language_models.llama_engine import Exchange
from tests.language_models.lora_file import lora_file

pytestmark = pytest.mark.model

PROMPT = "def double(x):\n    return"
QUESTION = (
    Message("system", "Answer the question."),
    Message("user", "What is the capital of France?"),
)
CITY = {"type": "object", "properties": {"city": {"enum": ["Oslo", "Rome"]}}, "required": ["city"]}
WEATHER = ToolFormat("weather", "Tells the weather of a city.", CITY)
ENDLESS = {"type": "array", "items": {"type": "integer"}, "minItems": 900}


def test_a_stream_is_the_text_of_the_chat_in_pieces(llama: LlamaBackend) -> None:
    request = ChatRequest(QUESTION, max_tokens=24, temperature=0.0)
    *pieces, end = llama.stream(request)
    whole = llama.chat(request)
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == whole.texts[0]
    assert len(pieces) > 3
    assert end == End(whole.choices[0].finish_reason, whole.usage)


def test_a_stream_gives_one_reply_only(llama: LlamaBackend) -> None:
    with pytest.raises(ValueError, match=r"samples=2.*expected 1"):
        llama.stream(ChatRequest(QUESTION, samples=2))


def test_closing_a_stream_frees_its_slot(llama: LlamaBackend) -> None:
    for _ in range(8):  # twice as many as there are slots
        stream = llama.stream(ChatRequest(QUESTION, max_tokens=400))
        next(stream)
        stream.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name == f"ask {llama.name}"]
    assert llama.chat(ChatRequest(QUESTION, max_tokens=4)).texts[0]


def test_a_reply_that_takes_too_long_is_broken_off_and_the_next_one_answered(llama: LlamaBackend) -> None:
    with pytest.raises(RequestTimedOut, match=r"after 0\.001 s; allow more \(timeout_seconds\)"):
        _hurried(llama).chat(ChatRequest(QUESTION, max_tokens=400))
    assert llama.chat(ChatRequest(QUESTION, max_tokens=4)).texts[0]


def _hurried(llama: LlamaBackend) -> LlamaBackend:
    """Returns the backend with hardly any patience; the model is not loaded again."""
    hurried = copy.copy(llama)
    hurried._seconds = 0.001
    return hurried


def test_replies_are_whole_json_of_every_schema(llama: LlamaBackend) -> None:
    for asked in SCHEMAS:
        said = (Message("user", asked.question),)
        request = ChatRequest(said, max_tokens=400, temperature=0.7, seed=1, schema=asked.schema)
        (reply,) = llama.chat(request).choices
        check = Draft202012Validator(asked.schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert reply.finish_reason == "stop", asked.name
        assert not list(check.iter_errors(json.loads(reply.text))), asked.name


def test_a_reply_that_max_tokens_cut_says_so(llama: LlamaBackend) -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "minItems": 50}
    (reply,) = llama.chat(ChatRequest(QUESTION, max_tokens=10, schema=schema)).choices
    assert reply.finish_reason == "length"
    assert reply.text.startswith("[")


def test_a_schema_that_cannot_be_bound_is_refused_by_its_keyword(llama: LlamaBackend) -> None:
    with pytest.raises(FormUnsupported, match="keyword not"):
        llama.chat(ChatRequest(QUESTION, schema={"not": {"type": "string"}}))


def test_a_required_call_comes_whole_and_in_pieces(llama: LlamaBackend) -> None:
    request = ChatRequest(QUESTION, max_tokens=60, temperature=0.0, tools=(WEATHER,), tool_choice="required")
    (reply,) = llama.chat(request).choices
    (call,) = reply.tool_calls
    assert (reply.text, reply.finish_reason, call.name) == ("", "tool_calls", "weather")
    assert json.loads(call.arguments)["city"] in ("Oslo", "Rome")
    first, *more, end = llama.stream(request)
    assert isinstance(first, ToolCallDelta)
    assert (first.name, bool(first.id)) == ("weather", True)
    streamed = json.loads("".join(piece.arguments for piece in more if isinstance(piece, ToolCallDelta)))
    assert streamed["city"] in ("Oslo", "Rome")
    assert end == End("tool_calls", end.usage if isinstance(end, End) else Usage())


def test_forbidden_tools_are_not_called(llama: LlamaBackend) -> None:
    request = ChatRequest(QUESTION, max_tokens=16, temperature=0.0, tools=(WEATHER,), tool_choice="none")
    (reply,) = llama.chat(request).choices
    assert reply.tool_calls == ()
    assert "Paris" in reply.text


def test_the_result_of_a_call_is_part_of_the_conversation(llama: LlamaBackend) -> None:
    call = Message("assistant", "", (ToolCall("1", "weather", '{"city": "Oslo"}'),))
    short, long = (
        llama.chat(ChatRequest((*QUESTION, call, Message("tool", result, tool_call_id="1")), max_tokens=1))
        for result in ("rain", "rain" + " and rain" * 20)
    )
    assert long.usage.prompt_tokens >= short.usage.prompt_tokens + 40


def test_an_identical_prefix_is_not_computed_again(llama: LlamaBackend) -> None:
    prefix = "The quick brown fox jumps over the lazy dog by number " + " ".join(map(str, range(70)))
    first, second = (_prompt_tokens_computed(llama, f"{prefix} {end}") for end in ("one", "two"))
    assert first > 100
    assert second < first * 0.3


def _prompt_tokens_computed(llama: LlamaBackend, prompt: str) -> int:
    body = {"prompt": prompt, "max_tokens": 1, "stream": True}
    server = llama._open_server()
    with closing(Exchange(server.handle_completions, body, "test", 60)) as exchange:
        (computed,) = (chunk["timings"]["prompt_n"] for chunk in exchange if "timings" in chunk)
    return int(computed)


def test_requests_of_several_threads_run_side_by_side(llama: LlamaBackend) -> None:
    slow = llama.stream(ChatRequest(QUESTION, max_tokens=300, schema=ENDLESS))
    next(slow)
    answered = llama.chat(ChatRequest(QUESTION, max_tokens=4)).texts  # while the first is under way
    slow.close()  # type: ignore[attr-defined]
    assert answered[0]


def test_an_adapter_changes_what_the_model_says(
    llama: LlamaBackend, model_path: Path, tmp_path: Path
) -> None:
    request = CompletionRequest(PROMPT, max_tokens=8, temperature=0.0)
    for size, same in ((0.0, True), (50.0, False)):
        adapter = tmp_path / f"adapter{size}.gguf"
        adapter.write_bytes(lora_file(size))
        with LlamaBackend(model_path, context_tokens=128, parallel=1, adapters=(adapter,)) as adapted:
            assert (adapted.complete(request).texts == llama.complete(request).texts) is same


def test_an_adapter_of_another_model_is_named(model_path: Path, tmp_path: Path) -> None:
    adapter = tmp_path / "other.gguf"
    adapter.write_bytes(lora_file(0.5, width=64))
    with pytest.raises(ModelUnavailable, match=r"with the adapters .*other\.gguf.*made for another model"):
        LlamaBackend(model_path, context_tokens=128, parallel=1, adapters=(adapter,))
