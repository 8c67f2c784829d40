from __future__ import annotations

import json
import random

import pytest

from language_models import (
    ChatRequest,
    FormUnsupported,
    Message,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolFormat,
)
from language_models.tool_text import CallReader, openings, read_reply, told_of_tools, tool_grammar
from tests.language_models.gbnf_texts import drawing

CITY = {"type": "object", "properties": {"city": {"enum": ["Oslo", "Rome"]}}, "required": ["city"]}
WEATHER = ToolFormat("weather", "Tells the weather.", CITY)
TREE = {
    "type": "object",
    "properties": {"kids": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["kids"],
}
PLANT = ToolFormat("plant", "Plants a tree.", TREE)
ASKED = (Message("user", "Weather in Oslo?"),)


def test_a_required_call_names_a_tool_and_its_arguments_satisfy_the_schema() -> None:
    request = ChatRequest(ASKED, tools=(WEATHER, PLANT), tool_choice="required")
    draw, rng = drawing(tool_grammar(request)), random.Random(3)
    calls = [read_reply(draw(rng)) for _ in range(80)]
    assert {call.name for _, (call,) in calls} == {"weather", "plant"}
    for text, (call,) in calls:
        assert text == ""
        keys = {"weather": {"city"}, "plant": {"kids"}}[call.name]
        assert set(json.loads(call.arguments)) == keys


def test_with_auto_a_reply_is_a_whole_call_or_text_that_does_not_begin_as_one() -> None:
    draw, rng = drawing(tool_grammar(ChatRequest(ASKED, tools=(WEATHER,)))), random.Random(3)
    replies = [draw(rng) for _ in range(400)]
    for opening in ("<tool_call>", "```json", "{"):
        called = [read_reply(reply)[1] for reply in replies if reply.startswith(opening)]
        assert called
        assert all(call and set(json.loads(call[0].arguments)) == {"city"} for call in called)
    texts = [reply for reply in replies if not reply.startswith(("<tool_call>", "```json", "{"))]
    assert any(text.startswith("<tool") for text in texts)
    assert all(read_reply(text) == (text, ()) for text in texts)


def test_with_a_schema_the_text_is_held_to_it_and_told_from_a_call() -> None:
    reply = {"name": "weather", "arguments": {}}
    request = ChatRequest(ASKED, tools=(WEATHER,), schema={"const": reply})
    draw, rng = drawing(tool_grammar(request)), random.Random(3)
    replies = [read_reply(draw(rng), openings(request)) for _ in range(50)]
    assert {text for text, calls in replies if not calls} == {json.dumps(reply)}
    assert {text for text, calls in replies if calls} == {""}


def test_parameters_that_cannot_be_bound_are_refused_with_the_tools_name() -> None:
    odd = ToolFormat("odd", "", {"type": "object", "properties": {"x": {"not": {}}}})
    with pytest.raises(FormUnsupported, match="odd: keyword not"):
        tool_grammar(ChatRequest(ASKED, tools=(odd,)))


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("reply", "text", "arguments"),
    [
        ('<tool_call>{"name": "weather", "arguments": {"city": "Oslo"}}', "", '{"city": "Oslo"}'),
        ('<tool_call>{"name": "weather", "arguments": {"city": "Os', "", '{"city": "Os'),
        ('<tool_call>{"name": "weather", "arguments": {"a": {}}', "", '{"a": {}}'),
        ("<tool_call", "<tool_call", None),
        ("<b>Rain</b>", "<b>Rain</b>", None),
        ("", "", None),
    ],
)  # fmt: skip
def test_a_reply_in_pieces_reads_as_the_whole(
    reply: str, text: str, arguments: str | None, size: int
) -> None:
    reader = CallReader()
    pieces = [reply[n : n + size] for n in range(0, len(reply), size)]
    deltas = [delta for piece in pieces for delta in reader.feed(piece)] + list(reader.end())
    said = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    written = "".join(delta.arguments for delta in deltas if isinstance(delta, ToolCallDelta))
    assert said == text
    assert written == (arguments or "")
    assert [call.arguments for call in read_reply(reply)[1]] == ([] if arguments is None else [arguments])


def test_a_conversation_with_calls_is_told_in_words() -> None:
    said = (
        Message("system", "Be brief."),
        *ASKED,
        Message("assistant", "", (ToolCall("1", "weather", '{"city": "Oslo"}'),)),
        Message("tool", "rain", tool_call_id="1"),
    )
    spelt = told_of_tools(said, (WEATHER,))
    assert [message["role"] for message in spelt] == ["system", "user", "assistant", "user"]
    assert spelt[0]["content"].startswith("Be brief.\n\nYou may call these tools:\n")
    assert '"name": "weather"' in spelt[0]["content"]
    assert read_reply(spelt[2]["content"].removesuffix("</tool_call>"))[1][0].arguments == '{"city": "Oslo"}'
    assert spelt[3]["content"] == "<tool_response>rain</tool_response>"
    assert told_of_tools(ASKED, ()) == [ASKED[0].as_dict()]
