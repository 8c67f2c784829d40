"""Replies as servers spell them, each in its own way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from language_models import ChatRequest, End, Message, TextDelta, ToolCall, ToolCallDelta, ToolFormat, Usage
from language_models.backend import Delta
from language_models.chat_form import ChatReply, Chunk, StreamedReply, chat_fields
from language_models.server_events import LONGEST_LINE, MalformedStream, event_data
from tests.language_models.chat_server import chunk, completion, usage_chunk


def read(*chunks: dict[str, Any]) -> list[Delta]:
    """Returns the pieces of a reply that came in chunks."""
    reply = StreamedReply()
    deltas = [delta for said in chunks for delta in reply.read(Chunk.model_validate(said))]
    return [*deltas, reply.end()]


def said(finish_reason: str = "stop", **message: Any) -> Any:
    """Returns the one choice of a reply with that message."""
    reply = completion("")
    reply["choices"][0] |= {"message": message, "finish_reason": finish_reason}
    return ChatReply.model_validate_json(json.dumps(reply)).completions().choices[0]


def piece(arguments: str = "", **more: Any) -> dict[str, Any]:
    """Returns a chunk with a piece of a call."""
    name = {"name": more.pop("name")} if "name" in more else {}
    return chunk(tool_calls=[{**more, "function": {**name, "arguments": arguments}}])


def test_tools_and_a_schema_are_spelt_as_openai_wants_them() -> None:
    tool = ToolFormat("add", "Adds.", {"type": "object"})
    assert chat_fields(ChatRequest((Message("user", "x"),), tools=(tool,), schema={"type": "object"})) == {
        "messages": [{"role": "user", "content": "x"}],
        "tools": [
            {
                "type": "function",
                "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object"}},
            }
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": {"type": "object"}, "strict": True},
        },
    }
    required = ChatRequest((Message("user", "x"),), tools=(tool,), tool_choice="required")
    assert chat_fields(required)["tool_choice"] == "required"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            ToolCall("a", "f", "{}"),
        ),
        ({"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}, ToolCall("a", "f", '{"x": 1}')),
        ({"function": {"name": "f"}}, ToolCall("call_0", "f", "")),
        ({"id": "", "function": {"name": "f", "arguments": None}}, ToolCall("call_0", "f", "")),
    ],
)
def test_a_call_is_read_however_it_is_spelt(call: dict[str, Any], expected: ToolCall) -> None:
    choice = said(content=None, tool_calls=[call])
    assert choice.tool_calls == (expected,)
    assert choice.finish_reason == "tool_calls"  # though it said "stop"


def test_a_call_without_a_name_is_no_call() -> None:
    with pytest.raises(ValidationError, match="name"):
        said(tool_calls=[{"function": {"arguments": "{}"}}])


def test_content_may_come_in_parts_and_a_refusal_is_no_answer() -> None:
    assert said(content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {}]).text == "ab"
    refused = said(content=None, refusal="I will not.")
    assert (refused.text, refused.finish_reason) == ("I will not.", "other")


def test_usage_is_what_the_last_chunk_says_and_never_a_guess() -> None:
    assert read(chunk(content="a"), chunk("stop"), usage_chunk(3, 1))[-1] == End("stop", Usage(3, 1))
    assert read(chunk(content="a"), chunk("stop"))[-1] == End("stop", Usage())


CALL = [ToolCallDelta(0, "a", "f", ""), ToolCallDelta(0, "", "", '{"x"'), ToolCallDelta(0, "", "", ": 1}")]


@pytest.mark.parametrize(
    "chunks",
    [
        [piece(index=0, id="a", name="f"), piece('{"x"', index=0), piece(": 1}", index=0)],
        [piece(index=0, id="a", name="f"), piece('{"x"', index=0, id="a"), piece(": 1}", index=0, id="a")],
        [piece(id="a", name="f"), piece('{"x"'), piece(": 1}")],
        [
            piece(index=0, id="a", name="f"),
            piece('{"x"', index=0, id=None),
            piece(": 1}", index=0, name=None),
        ],
        [piece(index=0, id="a"), piece(index=0, name="f"), piece('{"x"', index=0), piece(": 1}", index=0)],
    ],
)
def test_a_call_comes_in_pieces_however_they_are_marked(chunks: list[dict[str, Any]]) -> None:
    assert read(*chunks, chunk("tool_calls")) == [*CALL, End("tool_calls", Usage())]


@pytest.mark.parametrize(
    "chunks",
    [
        [piece("1", index=0, id="a", name="f"), piece("2", index=1, id="b", name="g")],
        [piece("1", index=0, id="a", name="f"), piece("2", index=0, id="b", name="g")],
        [piece("1", id="a", name="f"), piece("2", id="b", name="g")],
    ],
)
def test_calls_are_told_apart_by_index_or_id(chunks: list[dict[str, Any]]) -> None:
    first, second = ToolCallDelta(0, "a", "f", "1"), ToolCallDelta(1, "b", "g", "2")
    assert read(*chunks, chunk("stop")) == [first, second, End("tool_calls", Usage())]


def test_calls_without_ids_or_indices_begin_with_a_name() -> None:
    deltas = read(piece("1", name="f"), piece("2", name="g"), chunk("stop"))
    assert deltas[:2] == [ToolCallDelta(0, "call_0", "f", "1"), ToolCallDelta(1, "call_1", "g", "2")]


def test_pieces_of_calls_may_be_interleaved() -> None:
    deltas = read(
        piece("1", index=0, id="a", name="f"),
        piece("2", index=1, id="b", name="g"),
        piece("3", index=0),
        piece("4", index=1),
        chunk("tool_calls"),
    )
    assert deltas[2:4] == [ToolCallDelta(0, "", "", "3"), ToolCallDelta(1, "", "", "4")]


def test_other_choices_of_a_stream_are_not_mixed_in() -> None:
    other = chunk(content="x")
    other["choices"][0]["index"] = 1
    assert read(chunk(content="a"), other, chunk("stop"))[0:1] == [TextDelta("a")]
    assert len(read(chunk(content="a"), other, chunk("stop"))) == 2


WIRE = (
    b': a comment\nevent: x\ndata: {"a": 1}\n\ndata:two\r\ndata: lines\r\n\r\ndata: [DONE]\n\ndata: cut off'
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_read_however_the_bytes_are_cut(size: int) -> None:
    pieces = [WIRE[start : start + size] for start in range(0, len(WIRE), size)]
    assert list(event_data(pieces)) == [b'{"a": 1}', b"two\nlines", b"[DONE]"]


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    endless = (b"x" * 2**20 for _ in range(10**6))
    with pytest.raises(MalformedStream, match=f"{LONGEST_LINE:,}"):
        list(event_data(endless))
