"""OpenAI's form of requests and replies, which all chat endpoints speak: bodies out, replies and chunks in.

Replies are read strictly where it matters (a choice, a name of a tool) and leniently where servers differ:
arguments as an object, parts instead of text, calls without an id or an index.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from language_models.backend import (
    ChatRequest,
    Completion,
    Completions,
    Delta,
    End,
    FinishReason,
    TextDelta,
    ToolCallDelta,
    Usage,
    finish_reason,
)
from language_models.message import ToolCall
from language_models.server_events import MalformedStream

_JSON_BEGINS = '{["-0123456789tfn'  # and nothing yet, too
SCHEMA_NAME = "reply"  # OpenAI wants a name of the schema, which is used nowhere


def chat_fields(request: ChatRequest) -> dict[str, Any]:
    """Returns what a chat request says beyond how to sample."""
    fields: dict[str, Any] = {"messages": [message.as_dict() for message in request.messages]}
    if request.tools:
        fields["tools"] = [tool.as_dict() for tool in request.tools]
        if request.tool_choice != "auto":  # which every endpoint means unasked, and some refuse when asked
            fields["tool_choice"] = request.tool_choice
    if request.schema is not None:
        # Strict always: without it OpenAI takes the schema for a mere hint.
        schema = {"name": SCHEMA_NAME, "schema": dict(request.schema), "strict": True}
        fields["response_format"] = {"type": "json_schema", "json_schema": schema}
    return fields


def is_json(text: str) -> bool:
    """Tells whether a text is one JSON value."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def complaint_in(content: bytes) -> object:
    """Returns what went wrong by a body that should be a reply, or None where it says nothing of that."""
    try:
        return Chunk.model_validate_json(content).complaint()
    except ValidationError:
        return None


def _joined_parts(content: object) -> object:
    """Returns the text of a content that came in parts."""
    if not isinstance(content, list):
        return content
    return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))


def _as_json_text(arguments: object) -> object:
    """Returns the arguments as text where an endpoint sent an object."""
    return json.dumps(arguments) if isinstance(arguments, dict) else arguments or ""


Text = Annotated[str | None, BeforeValidator(_joined_parts)]


class _Function(BaseModel):
    name: str = Field(min_length=1)
    arguments: Annotated[str, BeforeValidator(_as_json_text)] = ""


class _Call(BaseModel):
    id: str | None = None
    function: _Function


class _Said(BaseModel):
    content: Text = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None

    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(call.id or f"call_{number}", call.function.name, call.function.arguments)
            for number, call in enumerate(self.tool_calls or ())
        )


class _Choice(BaseModel):
    message: _Said
    finish_reason: str | None = None

    def completion(self) -> Completion:
        calls = self.message.calls()
        reason = _reason(self.finish_reason, bool(calls), self.message.refusal)
        return Completion(self.message.content or self.message.refusal or "", reason, calls)


class _Counted(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def usage(self) -> Usage:
        return Usage(self.prompt_tokens or 0, self.completion_tokens or 0)


class ChatReply(BaseModel):
    """The part of a chat completion that is used."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Counted | None = None

    def completions(self) -> Completions:
        """Returns the reply as values."""
        return Completions(
            tuple(choice.completion() for choice in self.choices), (self.usage or _Counted()).usage()
        )


class _TextChoice(BaseModel):
    text: str
    finish_reason: str | None = None


class TextReply(BaseModel):
    """The part of a text completion that is used."""

    choices: list[_TextChoice] = Field(min_length=1)
    usage: _Counted | None = None

    def completions(self) -> Completions:
        """Returns the reply as values."""
        choices = (Completion(c.text, finish_reason(c.finish_reason)) for c in self.choices)
        return Completions(tuple(choices), (self.usage or _Counted()).usage())


class _FunctionPiece(BaseModel):
    name: str | None = None
    arguments: Annotated[str, BeforeValidator(_as_json_text)] = ""


class _CallPiece(BaseModel):
    index: int | None = None
    id: str | None = None
    function: _FunctionPiece = _FunctionPiece()


class _DeltaSaid(BaseModel):
    content: Text = None
    refusal: str | None = None
    tool_calls: list[_CallPiece] | None = None


class _ChoicePiece(BaseModel):
    index: int = 0
    delta: _DeltaSaid = _DeltaSaid()
    finish_reason: str | None = None


class Chunk(BaseModel):
    """The part of a streamed chunk that is used; the last one may have usage and no choices."""

    choices: list[_ChoicePiece] = Field(default_factory=list)
    usage: _Counted | None = None
    error: Any = None
    message: str = ""  # vLLM's complaints are no `error` but an object of that name
    kind: str = Field("", alias="object")

    def complaint(self) -> object:
        """Returns what went wrong at the endpoint, or None."""
        return self.error or ({"message": self.message} if self.kind == "error" else None)


def _reason(word: object, has_calls: bool, refusal: str | None) -> FinishReason:
    if refusal:
        return "other"
    reason = finish_reason(word)
    return "tool_calls" if has_calls and reason in ("stop", "other") else reason  # some say "stop" to a call


@dataclass
class _CallBegun:
    """A call of which pieces came: `number` counts calls as we do, `id` is what the endpoint said."""

    number: int
    id: str
    index: int | None
    name: str = ""
    held: str = ""  # arguments that came before the name


@dataclass
class StreamedReply:
    """Puts the chunks of one reply together; `read` each, then `end`."""

    text: list[str] = field(default_factory=list)
    _calls: list[_CallBegun] = field(default_factory=list)
    _reason: str | None = None
    _refused: bool = False
    _usage: Usage = field(default_factory=Usage)
    _has_choices: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the model said that it ended, whatever comes after."""
        return self._reason is not None

    @property
    def came(self) -> str:
        """How much has come, in words; "" for nothing."""
        if not (self.text or self._calls):
            return ""
        calls = f" and {len(self._calls)} calls of tools" if self._calls else ""
        return f"{sum(map(len, self.text))} characters of text{calls}"

    @property
    def may_be_json(self) -> bool:
        """Whether the text so far can be the beginning of a JSON value."""
        first = next((text.lstrip() for text in self.text if text.strip()), "")
        return first[:1] in _JSON_BEGINS

    def read(self, chunk: Chunk) -> Iterator[Delta]:
        """Yields what is new in a chunk."""
        if chunk.usage:
            self._usage = chunk.usage.usage()
        for piece in (choice for choice in chunk.choices if choice.index == 0):
            self._has_choices = True
            self._reason = piece.finish_reason or self._reason
            self._refused = self._refused or bool(piece.delta.refusal)
            if text := piece.delta.content or piece.delta.refusal:
                self.text.append(text)
                yield TextDelta(text)
            for call in piece.delta.tool_calls or ():
                yield from self._called(call)

    def whole(self, reply: Completions) -> Iterator[Delta]:
        """Yields a reply that came whole though a stream was asked for."""
        choice = reply.choices[0]
        self.text.append(choice.text)
        if choice.text:
            yield TextDelta(choice.text)
        for number, call in enumerate(choice.tool_calls):
            yield ToolCallDelta(number, call.id, call.name, call.arguments)
        yield End(choice.finish_reason, reply.usage)

    def end(self) -> End:
        """Returns the end of the reply.

        Raises:
            MalformedStream: No choice came, or a call without a name.
        """
        if not self._has_choices:
            raise MalformedStream("expected a stream of one reply, found no choices in it")
        if not all(call.name for call in self._calls):
            raise MalformedStream("expected calls of tools by name, found one without a name")
        refusal = "refused" if self._refused else None
        return End(_reason(self._reason, bool(self._calls), refusal), self._usage)

    def _called(self, piece: _CallPiece) -> Iterator[ToolCallDelta]:
        """Yields a piece of a call, the first one as soon as the name is known."""
        call = self._call_of(piece)
        is_first = not call.name
        call.name = call.name or piece.function.name or ""
        if not call.name:
            call.held += piece.function.arguments
        elif is_first:
            yield ToolCallDelta(call.number, call.id, call.name, call.held + piece.function.arguments)
        elif piece.function.arguments:
            yield ToolCallDelta(call.number, "", "", piece.function.arguments)

    def _call_of(self, piece: _CallPiece) -> _CallBegun:
        """Returns the call a piece belongs to: by index, where no new id says that another begins."""
        for call in reversed(self._calls):
            same_place = piece.index is None or piece.index == call.index
            if same_place and (not piece.id or piece.id == call.id) and not self._begins(piece, call):
                return call
        number = len(self._calls)
        call = _CallBegun(number, piece.id or f"call_{number}", piece.index)
        self._calls.append(call)
        return call

    @staticmethod
    def _begins(piece: _CallPiece, last: _CallBegun) -> bool:
        """Tells whether a piece with neither id nor index starts a call: it then bears a name."""
        return piece.index is None and not piece.id and bool(piece.function.name and last.name)
