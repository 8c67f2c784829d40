"""The embedded model: llama.cpp in this process.

One thread by default, so that evaluators have the other cores; who waits for the reply takes more. Many
samples of one prompt share one pass over it and are drawn side by side, requests of several callers too; a
prompt that begins as an earlier one did costs only its new part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from language_models.backend import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    ContextOverflow,
    Delta,
    End,
    FinishReason,
    FormUnsupported,
    ModelRequestFailed,
    ModelUnavailable,
    Sampling,
    TextDelta,
    Usage,
    finish_reason,
)
from language_models.llama_engine import (
    Chunk,
    Door,
    Exchange,
    Handle,
    Loading,
    Server,
    chat_template,
    open_engine,
)
from language_models.llama_file import check_file as check_file  # callers look at a file before they load it
from language_models.message import Message
from language_models.schema_grammar import grammar_of
from language_models.tool_text import CALL, CallReader, openings, read_reply, told_of_tools, tool_grammar

ROOM = "shorten the prompt, or open the model with more context_tokens"


class LlamaBackend:
    """Completes and chats with one GGUF file; safe to call from several threads.

    Attributes:
        name: The file's name without its ending.
        path: The GGUF file.
    """

    def __init__(
        self,
        path: Path,
        *,
        context_tokens: int = 2048,
        parallel: int = 4,
        threads: int = 1,
        adapters: tuple[Path, ...] = (),
        timeout_seconds: float = 600.0,
    ) -> None:
        """Loads the model.

        Args:
            path: A GGUF file.
            context_tokens: Longest prompt and continuation together.
            parallel: Samples drawn side by side; more make one prompt's samples cheaper and cost memory.
            threads: CPU threads; as many cores are the model's while it writes.
            adapters: LoRA adapters for this model, as GGUF files; all are laid over it.
            timeout_seconds: Longest wait for one whole reply.

        Raises:
            ModelUnavailable: No such file, not a whole GGUF file, or xllamacpp is not installed.
            ValueError: A number below 1.
        """
        loading = Loading(context_tokens, parallel, threads, tuple(adapters))
        loading.check("LlamaBackend")
        if not timeout_seconds > 0:
            raise ValueError(f"LlamaBackend(timeout_seconds={timeout_seconds}): expected more than 0 seconds")
        self.path = path
        self.name = path.stem
        self._loading = loading
        self._seconds = timeout_seconds
        self._door = Door.shut()
        self._server: Server | None = open_engine(path, loading, self._door)

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns `request.samples` continuations of the prompt."""
        fields: dict[str, Any] = {"prompt": request.prompt}
        if request.grammar is not None:
            fields["grammar"] = request.grammar
        return self._drawn(self._open_server().handle_completions, fields, request)

    def chat(self, request: ChatRequest) -> Completions:
        """Returns `request.samples` replies, in the chat form the model was trained on.

        A reply bound to a schema, or the arguments of a call, is whole JSON unless its `finish_reason` is
        "length": then max_tokens or the context cut it.
        """
        fields = self._chat_fields(request)
        answer = self._drawn(self._open_server().handle_chat_completions, fields, request)
        return _with_calls(answer, openings(request)) if _may_call(request) else answer

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the one reply as it comes, an `End` last; closing the iterator frees its slot."""
        if request.samples != 1:
            raise ValueError(f"stream(samples={request.samples}): expected 1, found {request.samples}")
        fields = self._chat_fields(request)
        handle = self._open_server().handle_chat_completions
        return self._streamed(
            handle,
            {**fields, **_sampling(request)},
            CallReader(openings(request)) if _may_call(request) else None,
        )

    def close(self) -> None:
        """Frees the model once the requests under way are done; further requests raise."""
        self._server = None

    def __enter__(self) -> LlamaBackend:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"LlamaBackend({self.name})"

    def _open_server(self) -> Server:
        if self._server is None:
            raise ModelUnavailable(
                f"{self.name}: the backend is closed; open a new LlamaBackend({self.path})"
            )
        return self._server

    def _chat_fields(self, request: ChatRequest) -> dict[str, Any]:
        """Returns what a chat request says beyond how to sample, bound to its form by a grammar."""
        fields: dict[str, Any] = {"messages": told_of_tools(request.messages, ())}
        if _may_call(request):
            fields = self._told(request) | {"grammar": tool_grammar(request)}
        elif request.schema is not None:
            fields["grammar"] = grammar_of(request.schema)
        return fields

    def _told(self, request: ChatRequest) -> dict[str, Any]:
        """Returns conversation and tools as the model was taught them, or else in words.

        llama.cpp's own reading of calls is left out: a required call is not bound there.
        """
        if not self._writes_calls or not all(map(_has_json_arguments, request.messages)):
            return {"messages": told_of_tools(request.messages, request.tools)}
        return {
            "messages": [message.as_dict() for message in request.messages],
            "tools": [tool.as_dict() for tool in request.tools],
            "tool_choice": "none",
        }

    @cached_property
    def _writes_calls(self) -> bool:
        """Whether the model was taught calls, in the spelling that the grammar binds it to."""
        return CALL in chat_template(self._open_server(), self._door)

    def _drawn(self, handle: Handle, fields: dict[str, Any], request: Sampling) -> Completions:
        """Returns the answers of as many requests as the slots need for all samples."""
        choices: list[Completion] = []
        usage = Usage()
        for batch in _batches(request, self._loading.parallel):
            gathered = _Gathered(batch["n"])
            with closing(Exchange(handle, {**fields, **batch}, self.name, self._seconds)) as exchange:
                for chunk in exchange:
                    self._check(chunk)
                    gathered.add(chunk)
            choices += gathered.choices(self.name)
            usage += gathered.usage
        return Completions(tuple(choices), usage)

    def _streamed(self, handle: Handle, body: dict[str, Any], reader: CallReader | None) -> Iterator[Delta]:
        gathered = _Gathered(1)
        with closing(Exchange(handle, body, self.name, self._seconds)) as exchange:
            for chunk in exchange:
                self._check(chunk)
                text = gathered.add(chunk)
                if text:
                    yield from reader.feed(text) if reader else (TextDelta(text),)
        reason = gathered.choices(self.name)[0].finish_reason
        if reader:
            yield from reader.end()
            reason = _reason(reason, reader.is_call)
        yield End(reason, gathered.usage)

    def _check(self, chunk: Chunk) -> None:
        """Raises what a chunk says went wrong."""
        if "error" not in chunk and "choices" in chunk:
            return
        error = chunk.get("error", chunk)
        message = str(error.get("message", error)) if isinstance(error, dict) else str(error)
        if isinstance(error, dict) and error.get("type") == "exceed_context_size_error":
            raise ContextOverflow(
                f"{self.name}: the prompt has {error.get('n_prompt_tokens'):,} tokens, the context "
                f"{error.get('n_ctx'):,} for prompt and reply together; {ROOM}"
            )
        if "ontext size" in message:
            raise ContextOverflow(
                f"{self.name}: {message} (context: {self._loading.context_tokens:,} tokens); {ROOM}"
            )
        if "grammar" in message:
            raise FormUnsupported(f"{self.name}: llama.cpp refuses the grammar: {message}")
        raise ModelRequestFailed(f"{self.name}: {message}")


@dataclass
class _Gathered:
    """The samples of one answer as their chunks come in."""

    samples: int
    usage: Usage = field(default_factory=Usage)
    _texts: dict[int, list[str]] = field(default_factory=dict)
    _reasons: dict[int, FinishReason] = field(default_factory=dict)

    def add(self, chunk: Chunk) -> str:
        """Takes one chunk in; returns the text that it brought."""
        brought = ""
        for choice in chunk["choices"]:
            text = choice["text"] if "text" in choice else choice["delta"].get("content")
            brought = text or ""
            self._texts.setdefault(choice["index"], []).append(brought)
            if choice.get("finish_reason"):
                self._reasons[choice["index"]] = finish_reason(choice["finish_reason"])
        counted = chunk.get("usage")
        if counted:  # each sample tells the whole prompt, which they share, and its own tokens
            prompt = max(self.usage.prompt_tokens, counted["prompt_tokens"])
            self.usage = Usage(prompt, self.usage.completion_tokens + counted["completion_tokens"])
        return brought

    def choices(self, name: str) -> list[Completion]:
        """Returns the samples in order."""
        if len(self._reasons) < self.samples:
            raise ModelRequestFailed(
                f"{name}: llama.cpp broke off after {len(self._reasons)} of {self.samples} samples; ask again"
            )
        return [Completion("".join(self._texts[n]), self._reasons[n]) for n in range(self.samples)]


def _may_call(request: ChatRequest) -> bool:
    return bool(request.tools) and request.tool_choice != "none"


def _has_json_arguments(message: Message) -> bool:
    """Tells whether a template that wants the arguments of past calls as objects can have them."""
    try:
        return all(isinstance(json.loads(call.arguments), dict) for call in message.tool_calls)
    except ValueError:
        return False


def _with_calls(answer: Completions, begins: tuple[str, ...]) -> Completions:
    """Returns the answer with the calls told from the text."""
    choices = []
    for choice in answer.choices:
        text, calls = read_reply(choice.text, begins)
        choices.append(Completion(text, _reason(choice.finish_reason, bool(calls)), calls))
    return Completions(tuple(choices), answer.usage)


def _reason(reason: FinishReason, is_call: bool) -> FinishReason:
    return "tool_calls" if is_call and reason == "stop" else reason


def _batches(request: Sampling, parallel: int) -> Iterator[dict[str, Any]]:
    """Yields the request in pieces of at most `parallel` samples, each with a seed of its own."""
    for first in range(0, request.samples, parallel):
        yield _sampling(request) | {"n": min(parallel, request.samples - first)} | _seed(request, first)


def _sampling(request: Sampling) -> dict[str, Any]:
    return {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stop": list(request.stop),
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,  # a chunk after each batch of the prompt: there too it may be broken off
        **_seed(request, 0),
    }


def _seed(request: Sampling, first: int) -> dict[str, int]:
    return {} if request.seed is None else {"seed": (request.seed + first) % 2**32}
