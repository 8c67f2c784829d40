"""The embedded model: llama.cpp in this process, on one thread. The only file that imports xllamacpp.

One thread by default, because two threads spin at llama.cpp's barriers and lose up to thirtyfold as
soon as evaluators use the cores. Many samples of one prompt share one pass over it and are
drawn side by side.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from language_models.backend import (
    ChatRequest,
    Completion,
    CompletionRequest,
    Completions,
    ModelRequestFailed,
    ModelUnavailable,
    Sampling,
    Usage,
    finish_reason,
)
from language_models.model_manager import MEND, check_known_file

QUIET = -1  # llama.cpp's verbosity: nothing at all


class _Server(Protocol):
    """The part of `xllamacpp.Server` that is used; each answer is a dictionary in OpenAI's form."""

    def handle_completions(self, body: dict[str, Any]) -> dict[str, Any]: ...

    def handle_chat_completions(self, body: dict[str, Any]) -> dict[str, Any]: ...


class LlamaBackend:
    """Completes and chats with one GGUF file; safe to call from several threads.

    Attributes:
        name: The file's name without its ending.
        path: The GGUF file.
    """

    def __init__(
        self, path: Path, *, context_tokens: int = 2048, parallel: int = 4, threads: int = 1
    ) -> None:
        """Loads the model.

        Args:
            path: A GGUF file.
            context_tokens: Longest prompt and continuation together.
            parallel: Samples drawn side by side; more make one prompt's samples cheaper and cost memory.
            threads: CPU threads; more than one only where nothing else runs.

        Raises:
            ModelUnavailable: No such file, not a whole GGUF file, or xllamacpp is not installed.
            ValueError: A number below 1.
        """
        for name, value in (("context_tokens", context_tokens), ("parallel", parallel), ("threads", threads)):
            if value < 1:
                raise ValueError(f"LlamaBackend({name}={value}): expected 1 or more, found {value}")
        check_file(path)
        self.path = path
        self.name = path.stem
        self._parallel = parallel
        self._context_tokens = context_tokens
        self._server: _Server | None = _load(path, context_tokens * parallel, parallel, threads)
        self._lock = threading.Lock()

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns `request.samples` continuations of the prompt."""
        fields: dict[str, Any] = {"prompt": request.prompt}
        if request.grammar is not None:
            fields["grammar"] = request.grammar
        return self._ask(self._open_server().handle_completions, fields, request)

    def chat(self, request: ChatRequest) -> Completions:
        """Returns `request.samples` replies, in the chat form the model was trained on."""
        fields = {"messages": [message.as_dict() for message in request.messages]}
        return self._ask(self._open_server().handle_chat_completions, fields, request)

    def close(self) -> None:
        """Frees the model; further requests raise."""
        self._server = None

    def __enter__(self) -> LlamaBackend:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"LlamaBackend({self.name})"

    def _open_server(self) -> _Server:
        if self._server is None:
            raise ModelUnavailable(
                f"{self.name}: the backend is closed; open a new LlamaBackend({self.path})"
            )
        return self._server

    def _ask(self, handle: Any, fields: dict[str, Any], request: Sampling) -> Completions:  # noqa: ANN401
        """Returns the answers of as many requests as the slots need for all samples."""
        answers = []
        for batch in _batches(request, self._parallel):
            with self._lock:  # samples of one request share the slots; two requests at once would split them
                answers.append(self._completions(handle({**fields, **batch})))
        return Completions(
            choices=tuple(choice for answer in answers for choice in answer.choices),
            usage=sum((answer.usage for answer in answers), Usage()),
        )

    def _completions(self, answer: dict[str, Any]) -> Completions:
        """Returns the server's answer as a value, or raises what it says went wrong."""
        if "error" in answer:
            raise ModelRequestFailed(
                f"{self.name}: {answer['error'].get('message')} "
                f"(context: {self._context_tokens} tokens for prompt and continuation)"
            )
        choices = answer["choices"]
        # llama.cpp's own `completion_tokens` counts one of the samples; log-probabilities come per token.
        drawn = sum(len((choice.get("logprobs") or {}).get("content") or ()) for choice in choices)
        return Completions(
            choices=tuple(Completion(_text(c), finish_reason(c["finish_reason"])) for c in choices),
            usage=Usage(answer["usage"]["prompt_tokens"], drawn),
        )


def check_file(path: Path) -> None:
    """Refuses what llama.cpp would abort on or could only call "failed"."""
    if not path.is_file():
        raise ModelUnavailable(f"{path}: no such file; run `make model`, or give the path of a GGUF file")
    check_known_file(path)
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic != b"GGUF":
        raise ModelUnavailable(f"{path}: not a GGUF file: it begins with {magic!r}, expected b'GGUF'; {MEND}")


def _load(path: Path, context_tokens: int, parallel: int, threads: int) -> _Server:
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelUnavailable(
            f"{path.name} needs xllamacpp, which cannot be imported ({error}); where it is not installed: "
            "pip install xllamacpp; where libgomp.so.1 is missing, on Debian as root: "
            "apt-get install libgomp1"
        ) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_ctx = context_tokens
    params.n_parallel = parallel
    params.n_gpu_layers = 0
    params.cache_ram_mib = 0  # its default keeps up to 8 GB of old prompts
    params.warmup = False
    params.verbosity = QUIET
    _close_the_door(params)
    try:
        server: _Server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelUnavailable(
            f"{path}: llama.cpp cannot load it ({error}): the file is damaged or of an unknown kind; {MEND}"
        ) from error
    return server


def _close_the_door(params: Any) -> None:  # noqa: ANN401
    """Leaves llama.cpp's HTTP side, which it always opens, on a random loopback port and without a user."""
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [secrets.token_hex(32)]
    params.ui = False
    params.endpoint_slots = False


def _batches(request: Sampling, parallel: int) -> Iterator[dict[str, Any]]:
    """Yields the request in pieces of at most `parallel` samples, each with a seed of its own."""
    for first in range(0, request.samples, parallel):
        body: dict[str, Any] = {
            "n": min(parallel, request.samples - first),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stop": list(request.stop),
            "logprobs": True,
            "top_logprobs": 1,
        }
        if request.seed is not None:
            body["seed"] = (request.seed + first) % 2**32
        yield body


def _text(choice: dict[str, Any]) -> str:
    return str(choice["text"] if "text" in choice else choice["message"]["content"] or "")
