"""What a backend is: requests, completions, exceptions, and the Protocols every backend keeps.

    ModelError
    ├── ModelUnavailable       the model cannot be reached at all: no such file, file damaged, library
    │                          not installed, endpoint refuses; the message says what to do
    └── ModelRequestFailed     a model that is there refused or broke off this one request
        ├── RequestTimedOut    no answer within the time allowed
        ├── RateLimited        the endpoint goes on refusing for too many requests
        ├── ContextOverflow    prompt and reply are longer than the model's context
        └── FormUnsupported    the backend cannot hold a reply to the schema, grammar or tools asked for

Misuse (no samples, an empty stop text, a negative temperature) raises `ValueError` when the request is made.
No exception, `repr` or log line of this room holds an API key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, get_args

from language_models.message import Message, ToolCall, ToolFormat

ToolChoice = Literal["auto", "required", "none"]
FinishReason = Literal[
    "stop",  # the model ended, or one of the stop texts was met
    "length",  # max_tokens or the context was used up
    "tool_calls",  # the model waits for results of calls
    "other",  # the endpoint cut it for its own reason (a content filter, say)
]


class ModelError(Exception):
    """A language model did not do its work."""


class ModelUnavailable(ModelError):
    """The model cannot be reached; the message names it and the mend."""


class ModelRequestFailed(ModelError):
    """The model is there but refused or broke off one request."""


class RequestTimedOut(ModelRequestFailed):
    """No answer came within the time allowed."""


class RateLimited(ModelRequestFailed):
    """The endpoint refused for too many requests, however long it was given."""


class ContextOverflow(ModelRequestFailed):
    """Prompt and reply do not fit into the model's context."""


class FormUnsupported(ModelRequestFailed):
    """The backend cannot bind a reply to the form asked for."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How to sample: the part that completion and chat requests share.

    Attributes:
        samples: How many continuations of the one prompt to draw.
        max_tokens: Longest continuation, in tokens of the model.
        temperature: 0 is greedy; 1 samples from the model's own distribution.
        stop: Texts that end a continuation; they are not part of it.
        seed: Makes the samples repeatable where the backend can; None lets the backend choose.
    """

    samples: int = 1
    max_tokens: int = 256
    temperature: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def __post_init__(self) -> None:
        self._check_counts()
        if not 0 <= self.temperature < float("inf"):
            raise self._misuse("temperature", self.temperature, "a finite number of 0 or more")
        if not isinstance(self.stop, tuple) or not all(isinstance(s, str) and s for s in self.stop):
            raise self._misuse("stop", self.stop, "a tuple of texts, none empty")

    def _check_counts(self) -> None:
        for name in ("samples", "max_tokens"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise self._misuse(name, value, "a whole number of 1 or more")
        if self.seed is not None and not 0 <= self.seed < 2**32:
            raise self._misuse("seed", self.seed, "None or a whole number from 0 to 2**32 - 1")

    def _misuse(self, field: str, value: object, expected: str) -> ValueError:
        return ValueError(f"{type(self).__name__}({field}={value!r}): expected {expected}, found {value!r}")


@dataclass(frozen=True)
class CompletionRequest(Sampling):
    """Asks for continuations of `prompt`; `grammar` (GBNF) binds them to a form, where the backend has it."""

    prompt: str
    grammar: str | None = None


@dataclass(frozen=True)
class ChatRequest(Sampling):
    """Asks for replies to a conversation.

    Attributes:
        messages: What was said so far.
        tools: What the model may have called.
        tool_choice: "auto" leaves it to the model, "required" wants a call, "none" forbids one.
        schema: JSON schema that the reply's text must satisfy; a backend that cannot hold to it says so.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolFormat, ...] = ()
    tool_choice: ToolChoice = "auto"
    schema: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tool_choice not in get_args(ToolChoice):
            raise self._misuse("tool_choice", self.tool_choice, f"one of {', '.join(get_args(ToolChoice))}")
        if self.tool_choice == "required" and not self.tools:
            raise self._misuse("tools", self.tools, "a tool or more where a call is required")
        if not self.messages or not all(isinstance(message, Message) for message in self.messages):
            raise self._misuse("messages", self.messages, "a tuple of one or more Message")


@dataclass(frozen=True)
class Completion:
    """One continuation, without the prompt and without the stop text that ended it."""

    text: str
    finish_reason: FinishReason
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Usage:
    """Tokens as the backend counted them; a prompt shared by many samples counts once per request made."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens
        )


@dataclass(frozen=True)
class TextDelta:
    """The next piece of a reply's text."""

    text: str


@dataclass(frozen=True)
class ToolCallDelta:
    """The next piece of a call: `id` and `name` come whole with the first piece of a call.

    Attributes:
        index: Which call of the reply, from 0.
        id: "" after the first piece.
        name: "" after the first piece.
        arguments: The next piece of the JSON text.
    """

    index: int
    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class End:
    """The reply is complete."""

    finish_reason: FinishReason
    usage: Usage


Delta: TypeAlias = TextDelta | ToolCallDelta | End


@dataclass(frozen=True)
class Completions:
    """The answer to one request: as many choices as samples were asked for."""

    choices: tuple[Completion, ...]
    usage: Usage

    @property
    def texts(self) -> tuple[str, ...]:
        """Returns the choices' texts, in order."""
        return tuple(choice.text for choice in self.choices)


class CompletionBackend(Protocol):
    """Continues text."""

    @property
    def name(self) -> str:
        """Which model answers, in words fit for a report."""

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns `request.samples` continuations.

        Raises:
            ModelUnavailable: The model cannot be reached.
            ModelRequestFailed: This request was refused or broken off.
        """


class ChatBackend(Protocol):
    """Replies to conversations."""

    @property
    def name(self) -> str:
        """Which model answers, in words fit for a report."""

    def chat(self, request: ChatRequest) -> Completions:
        """Returns `request.samples` replies; raises as `CompletionBackend.complete` does."""


class StreamingBackend(ChatBackend, Protocol):
    """Replies to conversations, word by word too."""

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the one reply as it comes, an `End` last; closing the iterator ends the request.

        Raises:
            ModelUnavailable: The model cannot be reached.
            ModelRequestFailed: This request was refused or broken off, perhaps after some of the reply.
            ValueError: More than one sample is asked for.
        """


def finish_reason(word: object) -> FinishReason:
    """Returns the house's word for an endpoint's `finish_reason`."""
    match word:
        case "stop" | "length" | "tool_calls":
            return word
    return "other"
