from __future__ import annotations

import json

import pytest
from pydantic import BaseModel

from language_models import Completion, ToolCall
from language_models.call_parser import CallParser, ReadCall
from language_models.parser import ParseError
from programs.schema_check import SchemaCheck, require_schema


def add(x: int, y: int = 0) -> int:
    """Adds."""
    return x + y


class Node(BaseModel):
    """Stores a tree."""

    name: str
    children: list[Node] = []


PARSER = CallParser([add, Node])


def native(*calls: tuple[str, str], text: str = "") -> Completion:
    made = tuple(ToolCall(f"c{number}", name, arguments) for number, (name, arguments) in enumerate(calls))
    return Completion(text, "tool_calls", made)


def test_calls_come_with_their_arguments_read() -> None:
    reply = native(("add", '{"x": 1, "y": null}'), ("Node", '{"name": "a"}'), text="So:")
    read = PARSER.parse(reply)
    assert read.text == "So:"
    assert read.calls == (ReadCall("c0", "add", {"x": 1}), ReadCall("c1", "Node", Node(name="a")))


def test_broken_json_of_arguments_is_mended_and_none_at_all_means_none() -> None:
    assert PARSER.parse(native(("add", "{'x': 1,}"))).calls[0].arguments == {"x": 1}

    def now() -> str:
        """Tells the time."""
        return ""

    assert CallParser([now]).parse(native(("now", ""))).calls[0].arguments == {}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("sub", "{}"), "one of the tools add, Node, found one of 'sub'"),
        (("add", '{"x": "1"}'), "x: integer (in a call of add), found '1'"),
        (("add", "{}"), "the keys x"),
        (("add", '{"x": 1, "z": 2}'), "no keys but x, y"),
        (("add", "x is one"), "arguments of add as a JSON object"),
        (("Node", '{"name": 1}'), "name: Input should be a valid string"),
    ],
)
def test_wrong_calls_are_refused_with_what_is_wrong(call: tuple[str, str], words: str) -> None:
    with pytest.raises(ParseError) as refused:
        PARSER.parse(native(call))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "add", "arguments": {"x": 1}}\n</tool_call>',
        'Let me see. <tool_call>{"name": "add", "arguments": {"x": 1}}',
        '{"tool": "add", "arguments": {"x": 1}}',
        '```json\n{"function": {"name": "add", "arguments": "{\\"x\\": 1}"}}\n```',
        '[{"name": "add", "parameters": {"x": 1}}]',
        '{"tool_calls": [{"function": {"name": "add", "arguments": {"x": 1}}}]}',
    ],
)
def test_calls_that_a_model_writes_into_its_text_count(text: str) -> None:
    (call,) = PARSER.parse(Completion(text, "stop")).calls
    assert (call.name, call.arguments) == ("add", {"x": 1})
    assert call.id


def test_a_text_about_calls_is_no_call() -> None:
    for text in ("Nothing to do.", '{"name": "Ann", "arguments": "none"}', '{"name": "add"}'):
        assert PARSER.parse(Completion(text, "stop")).calls == ()


def test_a_required_call_must_be_there() -> None:
    strict = CallParser([add], "required")
    with pytest.raises(ParseError, match="expected a call of add, found 'no'"):
        strict.parse(Completion("no", "stop"))
    assert strict.parse(native(("add", '{"x": 1}'))).calls
    with pytest.raises(ParseError, match="an answer or a call of a tool, found nothing"):
        PARSER.parse(Completion("", "stop"))


def test_models_without_calls_choose_by_a_schema() -> None:
    _, by_schema, in_words = PARSER.forms.ranked
    require_schema(by_schema.schema)
    check = SchemaCheck(by_schema.schema)
    for value in (
        {"tool": "add", "arguments": {"x": 1, "y": None}},
        {"tool": "Node", "arguments": {"name": "a", "children": [{"name": "b", "children": []}]}},
        {"reply": "Done."},
    ):
        assert check.problem(value) is None
        assert PARSER.parse(Completion(json.dumps(value), "stop"))
    assert check.problem({"tool": "sub", "arguments": {}}) is not None
    assert check.problem({"tool": "add", "arguments": {"name": "a"}}) is not None
    assert PARSER.parse(Completion('{"reply": "Done."}', "stop")).text == "Done."
    assert "Stores a tree." in in_words.words
    assert (in_words.schema, in_words.tools) == (None, ())


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="of different names"):
        CallParser([add, add])
    with pytest.raises(ValueError, match="one or more"):
        CallParser([])
