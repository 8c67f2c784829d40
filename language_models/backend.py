"""What a backend is: requests, completions, exceptions, and the two Protocols every backend keeps.

    ModelError
    ├── ModelUnavailable      the model cannot be reached at all: no such file, file damaged, library
    │                         not installed, endpoint refuses; the message says what to do
    └── ModelRequestFailed    a model that is there refused or broke off this one request

Misuse (no samples, an empty stop text, a negative temperature) raises `ValueError` when the request is made.
No exception, `repr` or log line of this room holds an API key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from language_models.message import Message

FinishReason = Literal[
    "stop",  # the model ended, or one of the stop texts was met
    "length",  # max_tokens or the context was used up
    "other",  # the endpoint cut it for its own reason (a content filter, say)
]


class ModelError(Exception):
    """A language model did not do its work."""


class ModelUnavailable(ModelError):
    """The model cannot be reached; the message names it and the mend."""


class ModelRequestFailed(ModelError):
    """The model is there but refused or broke off one request."""


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
    """Asks for replies to a conversation."""

    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.messages or not all(isinstance(message, Message) for message in self.messages):
            raise self._misuse("messages", self.messages, "a tuple of one or more Message")


@dataclass(frozen=True)
class Completion:
    """One continuation, without the prompt and without the stop text that ended it."""

    text: str
    finish_reason: FinishReason


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


def finish_reason(word: object) -> FinishReason:
    """Returns the house's word for an endpoint's `finish_reason`."""
    return "stop" if word == "stop" else "length" if word == "length" else "other"
