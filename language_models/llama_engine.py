"""llama.cpp in this process: loading a file, and one request at a time of many. The only file that imports
xllamacpp.

Above it lie `llama_backend` (requests and replies in the house's words) and `llama_server` (its HTTP side).
Every request streams, whoever asks: only so can it be broken off before its last token.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from language_models.backend import ModelRequestFailed, ModelUnavailable, RequestTimedOut
from language_models.llama_file import check_adapter, check_file
from language_models.model_manager import MEND

QUIET = -1  # llama.cpp's verbosity: nothing at all
LOOPBACK = "127.0.0.1"
BATCH_TOKENS = 256  # of a prompt at a time: between two of them a request may be broken off
PROPS_SECONDS = 30.0
# How OpenMP's threads wait for each other; read once, when the library loads. On busy cores two that spin
# take 47 s for what one writes in 28, two that sleep 24 s; on idle ones both are nearly twice as fast as one.
WAITING = ("OMP_WAIT_POLICY", "passive")
CANCEL_SECONDS = 10.0  # longest wait, after breaking off, for the slot to be free

Chunk = dict[str, Any]  # of a streamed answer, in OpenAI's form
Handle = Callable[[dict[str, Any], Callable[[Chunk], bool]], None]


class Server(Protocol):
    """The part of `xllamacpp.Server` that is used; a callback that returns True ends the request."""

    @property
    def listening_address(self) -> str: ...

    def handle_metrics(self) -> str: ...

    def handle_completions(self, body: dict[str, Any], callback: Callable[[Chunk], bool]) -> None: ...

    def handle_chat_completions(self, body: dict[str, Any], callback: Callable[[Chunk], bool]) -> None: ...


@dataclass(frozen=True)
class Loading:
    """How a model is loaded.

    Attributes:
        context_tokens: Longest prompt and continuation together, of each slot.
        parallel: Slots: requests and samples drawn side by side; each costs memory.
        threads: CPU threads, which sleep where they wait for each other.
        adapters: LoRA adapters laid over the model, as GGUF files.
    """

    context_tokens: int = 2048
    parallel: int = 4
    threads: int = 1
    adapters: tuple[Path, ...] = ()

    def check(self, owner: str) -> None:
        """Raises `ValueError` for a number below 1, `ModelUnavailable` for a file that is no adapter."""
        for name in ("context_tokens", "parallel", "threads"):
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"{owner}({name}={value}): expected 1 or more, found {value}")
        for adapter in self.adapters:
            check_adapter(adapter)


@dataclass(frozen=True)
class Door:
    """Where llama.cpp's HTTP side, which it always opens, listens, and the key that it asks for."""

    host: str = LOOPBACK
    port: int = 0
    api_key: str | None = field(default=None, repr=False)

    @classmethod
    def shut(cls) -> Door:
        """Returns a random port on loopback with a key that nobody else knows."""
        return cls(api_key=secrets.token_hex(32))


def open_engine(path: Path, loading: Loading, door: Door) -> Server:
    """Returns llama.cpp with the file loaded.

    Raises:
        ModelUnavailable: No such file, not a whole GGUF file, or xllamacpp is not installed.
    """
    check_file(path)
    os.environ.setdefault(*WAITING)
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelUnavailable(
            f"{path.name} needs xllamacpp, which cannot be imported ({error}); where it is not installed: "
            "pip install xllamacpp; where libgomp.so.1 is missing, on Debian as root: "
            "apt-get install libgomp1"
        ) from error
    params = xllamacpp.CommonParams()
    _set_model(params, path, loading)
    params.lora_adapters = [_adapter(xllamacpp, adapter) for adapter in loading.adapters]
    _set_door(params, door)
    try:
        server: Server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelUnavailable(_refusal(path, loading, door, error)) from error
    server.handle_metrics()  # its loop answers: freed before that has begun, llama.cpp waits for ever
    return server


def _set_model(params: Any, path: Path, loading: Loading) -> None:  # noqa: ANN401 - xllamacpp has no types
    params.model.path = str(path)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = loading.threads
    params.n_ctx = loading.context_tokens * loading.parallel
    params.n_parallel = loading.parallel
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.n_gpu_layers = 0
    params.cache_ram_mib = 0  # its default keeps up to 8 GB of old prompts
    params.warmup = False
    params.verbosity = QUIET


def _adapter(xllamacpp: Any, path: Path) -> Any:  # noqa: ANN401 - xllamacpp has no types
    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path = str(path)
    adapter.scale = 1.0
    return adapter


def _set_door(params: Any, door: Door) -> None:  # noqa: ANN401 - xllamacpp has no types
    params.hostnames = [door.host]
    params.port = door.port
    params.api_keys = [door.api_key] if door.api_key else []
    params.ui = False
    params.endpoint_slots = False  # they show other people's prompts
    params.endpoint_metrics = True  # counts alone; `open_engine` asks for them
    params.cors_origins = ""  # no page of a browser may ask


def _refusal(path: Path, loading: Loading, door: Door, error: Exception) -> str:
    """Returns what may be wrong where llama.cpp only says that it failed."""
    if loading.adapters:
        names = ", ".join(str(adapter) for adapter in loading.adapters)
        return (
            f"{path}: llama.cpp cannot load it with the adapters {names} ({error}): one of the files is "
            "damaged, or an adapter was made for another model"
        )
    where = f", or {door.host}:{door.port} cannot be listened at" if door.port else ""
    kind = f"the file is damaged or of an unknown kind{where}"
    return f"{path}: llama.cpp cannot load it ({error}): {kind}; {MEND}"


def chat_template(server: Server, door: Door) -> str:
    """Returns the template by which the model's conversations are written."""
    address = urlsplit(server.listening_address)
    connection = HTTPConnection(address.hostname or LOOPBACK, address.port, timeout=PROPS_SECONDS)
    try:
        connection.request("GET", "/props", headers={"Authorization": f"Bearer {door.api_key or ''}"})
        return str(json.load(connection.getresponse()).get("chat_template", ""))
    except (OSError, ValueError) as error:
        raise ModelRequestFailed(f"llama.cpp does not tell its chat template: {error}; ask again") from error
    finally:
        connection.close()


class Exchange:
    """One request under way: its chunks as they come.

    The request runs on a thread of its own; closing ends it, so that its slot is free again.
    """

    def __init__(self, handle: Handle, body: dict[str, Any], name: str, timeout_seconds: float) -> None:
        self._name = name
        self._seconds = timeout_seconds
        self._chunks: queue.SimpleQueue[Chunk | BaseException | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(handle, body), name=f"ask {name}")
        self._thread.start()

    def __iter__(self) -> Iterator[Chunk]:
        """Yields the chunks, errors among them.

        Raises:
            RequestTimedOut: The answer was not complete in time.
        """
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                chunk = self._chunks.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self._ended.set()
                raise RequestTimedOut(
                    f"{self._name}: the reply was not complete after {self._seconds:g} s; "
                    "allow more (timeout_seconds), ask for fewer tokens or samples, or take a smaller model"
                ) from None
            if chunk is None:
                return
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def close(self) -> None:
        """Ends the request, at the latest when the batch of tokens that is being computed is done."""
        self._ended.set()
        self._thread.join(CANCEL_SECONDS)

    def _run(self, handle: Handle, body: dict[str, Any]) -> None:
        try:
            handle(body, self._take)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller's thread raises it
            self._chunks.put(error)
        self._chunks.put(None)

    def _take(self, chunk: Chunk) -> bool:
        """Passes one chunk on; returns whether the request is to end."""
        self._chunks.put(chunk)
        return self._ended.is_set()
