"""Tools for models that were taught none: told of in the system message, called in a text of a bound form.

A call is the text `<tool_call>{"name": ..., "arguments": {...}}`, as Hermes and Qwen models write it, or the
same in a JSON fence or bare, as models taught to code do. Where a grammar binds the reply, arguments keep to
the tool's schema and a reply that is no call does not begin as one.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from language_models.backend import ChatRequest, Delta, TextDelta, ToolCallDelta
from language_models.gbnf import NOTHING, alternatives, any_but, literal, sequence
from language_models.message import Message, ToolCall, ToolFormat
from language_models.schema_grammar import SchemaRules

CALL = "<tool_call>"
CALL_END = "</tool_call>"
FENCE = "```json"  # as models taught to code begin a call, or at once with its brace
OPENINGS = (CALL, FENCE, "{")
OPENINGS_BESIDE_JSON = (CALL, FENCE)  # where the text itself is bound to a schema
NAME = '{"name": "'
ARGUMENTS = '", "arguments": '

BLANKS = '("\\n" | " "){0,4}'
_BEGUN = re.compile(r'(<tool_call>|```json)?\s*\{\s*"name": "(?P<name>[^"]+)", "arguments": ')

Spelt = dict[str, Any]  # a message as chat endpoints spell it


def tool_grammar(request: ChatRequest) -> str:
    """Returns the grammar of the replies that a request with tools allows.

    Raises:
        FormUnsupported: A tool's parameters, or the schema, cannot be bound.
    """
    rules = SchemaRules()
    calls = (
        sequence(
            literal(NAME.removeprefix("{") + tool.name + ARGUMENTS),
            rules.schema(tool.parameters, tool.name),
            literal("}"),
        )
        for tool in request.tools
    )
    begun = f"({literal(CALL)} | {literal(FENCE)}) {BLANKS}"
    opening = f"({begun})?" if openings(request) == OPENINGS and request.tool_choice == "auto" else begun
    allowed = [rules.add(sequence(opening, literal("{"), BLANKS, alternatives(calls)))]
    if request.tool_choice == "auto":
        allowed.append(any_but(*OPENINGS) if request.schema is None else rules.schema(request.schema))
    return rules.grammar(alternatives(allowed) or NOTHING)


def openings(request: ChatRequest) -> tuple[str, ...]:
    """Returns the beginnings by which a call is told from the text that the request allows."""
    return OPENINGS if request.schema is None else OPENINGS_BESIDE_JSON


def told_of_tools(messages: Sequence[Message], tools: Iterable[ToolFormat]) -> list[Spelt]:
    """Returns the conversation without anything that only models with tools know."""
    shown = "\n".join(json.dumps(tool.as_dict()["function"], ensure_ascii=False) for tool in tools)
    told = (
        f"You may call these tools:\n{shown}\n"
        f"To call one, answer only {CALL}{NAME}its name{ARGUMENTS}{{its arguments}}}}{CALL_END}"
    )
    spelt = [_spelt(message) for message in messages]
    if not shown:
        return spelt
    if spelt[0]["role"] == "system":
        return [{"role": "system", "content": f"{spelt[0]['content']}\n\n{told}"}, *spelt[1:]]
    return [{"role": "system", "content": told}, *spelt]


def _spelt(message: Message) -> Spelt:
    calls = "".join(f"{CALL}{NAME}{c.name}{ARGUMENTS}{c.arguments}}}{CALL_END}" for c in message.tool_calls)
    if message.role == "tool":
        return {"role": "user", "content": f"<tool_response>{message.content}</tool_response>"}
    return {"role": message.role, "content": message.content + calls}


def read_reply(text: str, begins: tuple[str, ...] = OPENINGS) -> tuple[str, tuple[ToolCall, ...]]:
    """Returns a whole reply's text and calls; a call that was cut off before its arguments is text."""
    reader = CallReader(begins)
    deltas = [*reader.feed(text), *reader.end()]
    said = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    pieces = [delta for delta in deltas if isinstance(delta, ToolCallDelta)]
    if not pieces:
        return said, ()
    return said, (ToolCall(pieces[0].id, pieces[0].name, "".join(piece.arguments for piece in pieces)),)


class CallReader:
    """Tells text from a call while a reply comes in.

    Attributes:
        is_call: Whether the reply has turned out to be a call.
    """

    def __init__(self, begins: tuple[str, ...] = OPENINGS) -> None:
        self.is_call = False
        self._begins = begins
        self._is_text = False
        self._text = ""  # of the reply, or of the arguments once it is a call
        self._told = 0  # how much of it was passed on

    def feed(self, text: str) -> Iterator[Delta]:
        """Yields what this piece of the reply makes certain."""
        self._text += text
        if not self._is_text and not self.is_call:
            yield from self._decided()
        if self._is_text:
            yield from self._untold(len(self._text))
        elif self.is_call:  # its last character may be the brace that closes the call
            yield from self._untold(len(self._text) - 1)

    def end(self) -> Iterator[Delta]:
        """Yields what was held back, as the reply is over: all but the brace that closes a call."""
        whole = len(self._text)
        yield from self._untold(whole - 1 if self.is_call and _is_json(self._text[:-1]) else whole)

    def _decided(self) -> Iterator[Delta]:
        if not any(self._text.startswith(b) or b.startswith(self._text) for b in self._begins):
            self._is_text = True
        elif found := _BEGUN.match(self._text):
            self.is_call = True
            self._text = self._text[found.end() :]
            yield ToolCallDelta(0, f"call_{uuid.uuid4().hex[:12]}", found["name"], "")

    def _untold(self, end: int) -> Iterator[Delta]:
        piece, self._told = self._text[self._told : end], max(end, self._told)
        if piece:
            yield ToolCallDelta(0, "", "", piece) if self.is_call else TextDelta(piece)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
