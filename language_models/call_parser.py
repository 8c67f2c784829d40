"""Parses replies that call tools, however the model says so: natively, by a schema, or in its text."""

from __future__ import annotations

import dataclasses
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from language_models.backend import Completion, ToolChoice
from language_models.lenient_json import json_values
from language_models.message import ToolCall, ToolFormat
from language_models.parser import Form, Forms, ParseError, shown
from language_models.reply_text import without_thoughts
from language_models.tool_format import Offerable, offered

# Qwen, Hermes and others write calls so in their text.
_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_NAMES = ("tool", "name", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input")
REPLY = "reply"  # the key of an answer in words, where a schema lets the model choose


@dataclass(frozen=True)
class ReadCall:
    """A call whose arguments are right.

    Attributes:
        id: What the result of the call must bear.
        name: The tool.
        arguments: Keyword arguments of a function, an object of a class, or a stored tool's JSON object.
    """

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True)
class ToolReply:
    """What a model said that may call tools; without calls, the text is its answer."""

    text: str
    calls: tuple[ReadCall, ...]


class CallParser:
    """Reads calls of tools.

    Args:
        tools: Functions, pydantic classes, stored tools: see `tool_format`.
        choice: "required" makes a reply without a call an error.

    Raises:
        ValueError: No tools, two of one name, or one that cannot be offered.
    """

    def __init__(self, tools: Sequence[Offerable], choice: ToolChoice = "auto") -> None:
        made = [offered(tool) for tool in tools]
        self._tools = {tool.format.name: tool for tool in made}
        if not made or len(self._tools) < len(made):
            names = [tool.format.name for tool in made]
            raise ValueError(f"CallParser(tools={names}): expected one or more tools of different names")
        self._choice = choice

    def __repr__(self) -> str:
        return f"CallParser({', '.join(self._tools)})"

    @property
    def formats(self) -> tuple[ToolFormat, ...]:
        """The tools as the model is told of them."""
        return tuple(tool.format for tool in self._tools.values())

    @property
    def forms(self) -> Forms:
        """Native calls, or else an object that names one tool, or else that in words."""
        return self._forms

    @cached_property
    def _forms(self) -> Forms:
        native = Form(tools=self.formats, tool_choice=self._choice)
        words, schema = _in_words(self.formats, self._choice), _choice_schema(self.formats, self._choice)
        return Forms((native, Form(words, schema=schema), Form(words)))

    def parse(self, reply: Completion) -> ToolReply:
        """Returns the calls; raises `ParseError` where one is wrong, or a required one is missing."""
        lifted = with_calls(reply, self._tools)
        calls = tuple(self.read(call) for call in lifted.tool_calls)
        text = without_thoughts(lifted.text).strip()
        if self._choice == "required" and not calls:
            raise ParseError(f"a call of {' or '.join(self._tools)}", shown(text))
        if not calls and not text:
            raise ParseError("an answer or a call of a tool", "nothing")
        return ToolReply(text, calls)

    def read(self, call: ToolCall) -> ReadCall:
        """Returns a call with its arguments read; raises `ParseError`."""
        tool = self._tools.get(call.name)
        if tool is None:
            raise ParseError(
                f"a call of one of the tools {', '.join(self._tools)}", f"one of {shown(call.name)}"
            )
        first: ParseError | None = None
        for value in json_values(call.arguments.strip() or "{}"):
            try:
                return ReadCall(call.id, call.name, tool.read(value))
            except ParseError as error:
                first = first or ParseError(f"{error.expected} (in a call of {call.name})", error.found)
        raise first or ParseError(f"arguments of {call.name} as a JSON object", shown(call.arguments))


def with_calls(reply: Completion, names: Mapping[str, object] | Sequence[str]) -> Completion:
    """Returns a reply with the calls that its text makes of known tools as calls; a native one as it is."""
    if reply.tool_calls:
        return reply
    text = without_thoughts(reply.text).strip()
    mark = zlib.crc32(text.encode(errors="surrogatepass"))
    said = list(_said_calls(text, is_cut_off=reply.finish_reason == "length"))
    known = [(name, arguments) for name, arguments in said if name in names]
    if not known or len(known) < len(said):
        return dataclasses.replace(reply, text=_answer_in(text))
    calls = tuple(
        ToolCall(f"call_{mark:08x}_{number}", name, arguments)
        for number, (name, arguments) in enumerate(known)
    )
    rest = text[: text.find("<tool_call>")].strip() if "<tool_call>" in text else ""
    return Completion(rest, "tool_calls", calls)


def _said_calls(text: str, *, is_cut_off: bool) -> Iterator[tuple[str, str]]:
    """Yields names and arguments of what looks like calls in a text."""
    tagged = _TAGGED.findall(text)
    for part in tagged or [text]:
        value = next(json_values(part, is_cut_off=is_cut_off), None)
        if isinstance(value, dict):
            value = value.get("tool_calls", value)
        for entry in value if isinstance(value, list) else [value]:
            call = _call_of(entry)
            if call is not None:
                yield call


def _call_of(value: Any) -> tuple[str, str] | None:  # noqa: ANN401 - any JSON
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict):
        return None
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    arguments = next((value[key] for key in _ARGUMENTS if key in value), None)
    if name is None or arguments is None:
        return None
    return name, arguments if isinstance(arguments, str) else json.dumps(arguments)


def _answer_in(text: str) -> str:
    """Returns the answer of a reply that was held to a schema and chose to answer in words."""
    value = next(json_values(text), None)
    if isinstance(value, dict) and value.keys() == {REPLY} and isinstance(value[REPLY], str):
        return str(value[REPLY])
    return text


def _in_words(tools: Sequence[ToolFormat], choice: ToolChoice) -> str:
    told = "\n".join(
        json.dumps(
            {"tool": tool.name, "description": tool.description, "arguments": tool.parameters},
            ensure_ascii=False,
        )
        for tool in tools
    )
    call = '{"tool": name, "arguments": {...}}'
    answer = "" if choice == "required" else f', or, when you need none, {{"{REPLY}": your answer}}'
    return f"You can call these tools:\n{told}\nAnswer with one JSON object and nothing else: {call}{answer}."


def _choice_schema(tools: Sequence[ToolFormat], choice: ToolChoice) -> dict[str, Any]:
    """Returns the schema of an object that calls one of the tools, or, where it may, answers."""
    definitions: dict[str, Any] = {}
    branches = []
    for number, tool in enumerate(tools):
        inner = _with_own_names(dict(tool.parameters), f"t{number}_")
        definitions |= inner.pop("$defs", {})
        branches.append(_object({"tool": {"const": tool.name, "type": "string"}, "arguments": inner}))
    if choice != "required":
        branches.append(_object({REPLY: {"type": "string"}}))
    schema: dict[str, Any] = {"anyOf": branches} if len(branches) > 1 else branches[0]
    return {**schema, "$defs": definitions} if definitions else schema


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _with_own_names(schema: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Returns a schema whose definitions bear a prefix, so that several schemas can stand in one."""
    definitions = {f"{prefix}{name}": entry for name, entry in schema.get("$defs", {}).items()}
    whole = {**schema, "$defs": definitions} if definitions else schema
    renamed: dict[str, Any] = _renamed(whole, prefix)
    return renamed


def _renamed(node: Any, prefix: str) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(node, list):
        return [_renamed(entry, prefix) for entry in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"#/$defs/{prefix}{entry.removeprefix('#/$defs/')}"
        if key == "$ref" and isinstance(entry, str)
        else _renamed(entry, prefix)
        for key, entry in node.items()
    }
