"""Chat completions as bytes: what comes in is read or refused, what goes out is written, as OpenAI has it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.web.chat_conversation import Conversation, Role, Turn
from service.web.route import Reply

MODEL = "funsearch-agent"
MOST_MESSAGES = 2_000
JSON = "application/json"

_ROLES: Mapping[str, Role] = {
    "system": "system", "developer": "system", "user": "user", "assistant": "assistant",
}  # fmt: skip
_NO_EFFECT = (  # of sampling and of the service: every front end sends some, none changes an answer
    "temperature", "top_p", "top_k", "min_p", "typical_p", "max_tokens", "max_completion_tokens",
    "presence_penalty", "frequency_penalty", "repeat_penalty", "repetition_penalty", "seed", "stop", "user",
    "logit_bias", "metadata", "store", "parallel_tool_calls", "reasoning_effort", "reasoning", "service_tier",
    "verbosity", "prediction", "prompt_cache_key", "safety_identifier", "cache_prompt", "keep_alive",
    "chat_id", "session_id", "id", "background_tasks", "features", "variables",
)  # fmt: skip


class ChatRefused(Exception):
    """A call that cannot be answered as it stands.

    Args:
        message: What was expected, what was found, and the mend.
        param: The field that is meant.
        status: Of HTTP.
        code: A name for programs.
    """

    def __init__(
        self, message: str, param: str | None = None, status: int = 400, code: str | None = None
    ) -> None:
        super().__init__(message)
        self._error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
        self._status = status

    def reply(self) -> Reply:
        """Returns it as an answer."""
        return json_reply({"error": self._error}, self._status)


class _StreamOptions(BaseModel):
    include_usage: bool | None = None


class _Body(BaseModel):
    """The fields that have an effect, or are refused because they would have none."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    model: str
    messages: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    tool_choice: Any = None
    function_call: Any = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    modalities: list[str] | None = None
    audio: Any = None
    web_search_options: Any = None


@dataclass(frozen=True)
class ChatCall:
    """A call that can be answered.

    Attributes:
        conversation: What was said.
        streams: Whether the answer is wanted piece by piece.
        tells_usage: Whether a stream ends with what it cost.
    """

    conversation: Conversation
    streams: bool = False
    tells_usage: bool = False


def read_call(body: Mapping[str, Any]) -> ChatCall:
    """Returns a call as it came in; raises `ChatRefused`."""
    try:
        read = _Body.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ChatRefused(f"{place}: {first['msg']}, found {first.get('input')!r:.80}", place) from None
    if read.model != MODEL:
        raise unknown_model(read.model)
    _refuse_what_has_no_effect(read)
    conversation = Conversation(tuple(_turn(place, entry) for place, entry in enumerate(read.messages)))
    if read.messages[-1]["role"] != "user":
        raise ChatRefused(
            f"messages: expected the user's as the last one, found one of {read.messages[-1]['role']}",
            "messages",
        )
    options = read.stream_options
    return ChatCall(conversation, bool(read.stream), bool(options and options.include_usage))


def unknown_model(name: str) -> ChatRefused:
    """Returns the refusal of a model that is not here."""
    message = f"model: expected {MODEL!r}, found {name[:80]!r}"
    return ChatRefused(message, "model", 404, "model_not_found")


def _refuse_what_has_no_effect(read: _Body) -> None:
    """Raises for settings by which an answer would have to be another than it is."""
    form = (read.response_format or {}).get("type", "text")
    wrong = {
        "n": (read.n not in (None, 1), "expected 1: there is one answer to a request"),
        "tools": (bool(read.tools), "expected none: the agent calls tools of its own bank"),
        "functions": (bool(read.functions), "expected none: the agent calls tools of its own bank"),
        "tool_choice": (read.tool_choice not in (None, "none", "auto"), "expected 'auto', 'none' or nothing"),
        "function_call": (read.function_call not in (None, "none", "auto"), "expected 'auto' or nothing"),
        "response_format": (form != "text", "expected text: say in words what form the answer must have"),
        "logprobs": (bool(read.logprobs or read.top_logprobs), "expected none: no token is sampled here"),
        "modalities": (set(read.modalities or ["text"]) != {"text"}, "expected text alone"),
        "audio": (read.audio is not None, "expected none: answers are text"),
        "web_search_options": (read.web_search_options is not None, "expected none: nothing is searched"),
    }
    for name, (is_wrong, expected) in wrong.items():
        if is_wrong:
            raise ChatRefused(f"{name}: {expected}, found {getattr(read, name)!r:.80}", name)
    unknown = sorted((read.model_extra or {}).keys() - set(_NO_EFFECT))
    if unknown:
        raise ChatRefused(
            f"unrecognized request argument: {unknown[0][:80]!r}; leave it out", unknown[0][:80]
        )


def _turn(place: int, entry: Mapping[str, Any]) -> Turn:
    role = entry.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise ChatRefused(
            f"messages.{place}.role: expected {', '.join(_ROLES)}, found {role!r:.80}",
            f"messages.{place}.role",
        )
    return Turn(_ROLES[role], _text(f"messages.{place}.content", entry.get("content")))


def _text(place: str, content: object) -> str:
    """Returns what a message says: a text, or parts of which each is one."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise ChatRefused(f"{place}: expected text or a list of parts, found {type(content).__name__}", place)
    return "\n".join(_part(f"{place}.{number}", part) for number, part in enumerate(content))


def _part(place: str, part: object) -> str:
    kind = part.get("type") if isinstance(part, dict) else type(part).__name__
    text = part.get("text") if isinstance(part, dict) else None
    if kind != "text" or not isinstance(text, str):
        raise ChatRefused(
            f"{place}: expected a part of type 'text', found {kind!r:.80}; images, sound and files cannot "
            "be read here",
            place,
        )
    return text


@dataclass(frozen=True)
class Said:
    """What the assistant says in the end.

    Attributes:
        content: The words.
        tokens: What they took, read and written together; None where that is not known yet.
    """

    content: str
    tokens: int | None = None

    @property
    def usage(self) -> dict[str, int] | None:
        """As OpenAI has it. The record keeps the sum alone, which is told as read."""
        if self.tokens is None:
            return None
        return {"prompt_tokens": self.tokens, "completion_tokens": 0, "total_tokens": self.tokens}


@dataclass(frozen=True)
class Writer:
    """Writes the answer to one call.

    Attributes:
        id: Of the completion.
        created: When, in seconds of Unix.
    """

    id: str
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, said: Said) -> Reply:
        """Returns the answer in one piece."""
        message = {"role": "assistant", "content": said.content, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        body = self._body("chat.completion", [choice])
        return json_reply(body if said.usage is None else {**body, "usage": said.usage})

    def piece(self, delta: Mapping[str, Any], finish: Literal["stop"] | None = None) -> bytes:
        """Returns an event of a stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event(self._body("chat.completion.chunk", [choice]))

    def usage(self, said: Said) -> bytes:
        """Returns the event that tells what the answer took."""
        return _event({**self._body("chat.completion.chunk", []), "usage": said.usage})

    def _body(self, kind: str, choices: list[Any]) -> dict[str, Any]:
        return {
            "id": self.id, "object": kind, "created": self.created, "model": MODEL, "choices": choices,
        }  # fmt: skip


DONE = b"data: [DONE]\n\n"
ALIVE = b": still at work\n\n"  # a comment: clients pass it over, and no proxy takes the line for dead


def _event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def json_reply(body: Mapping[str, Any], status: int = 200) -> Reply:
    """Returns an answer of JSON."""
    return Reply(json.dumps(body).encode(), JSON, status)
