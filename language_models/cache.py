"""Answers identical deterministic requests from disk.

One file per request, named by a hash of all that the request says and of who replies. Files are put in place
whole, so several processes may share a directory; one that was damaged is asked for anew. Prompts are not
stored; replies are, as they came.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from language_models.backend import ChatBackend, ChatRequest, Completions, Delta, Usage
from language_models.exchange_record import answer_of, answer_record, request_key, request_record
from language_models.streaming import Gathered, close, deltas_of, streamed


class CachedBackend:
    """A chat backend that is asked once for what it would answer the same: at temperature 0, or by a seed.

    An answer from disk costs no tokens, and says so: its usage is zero. Safe for threads and processes; two
    that ask for the same at the same time both ask the backend.

    Args:
        backend: Who replies.
        directory: Made when the first answer is stored.
    """

    def __init__(self, backend: ChatBackend, directory: Path) -> None:
        self._backend = backend
        self._directory = directory.absolute()
        self.hits = 0
        self.misses = 0

    def __repr__(self) -> str:
        return f"CachedBackend({self.name})"

    @property
    def name(self) -> str:
        """The backend's name."""
        return self._backend.name

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the replies, from disk where they are there."""
        if not is_deterministic(request):
            return self._backend.chat(request)
        known = self._known(request)
        if known is not None:
            return known
        answer = self._backend.chat(request)
        self._store(request, answer)
        return answer

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the reply, from disk where it is there; one that broke off is not stored."""
        known = self._known(request) if is_deterministic(request) else None
        if known is not None:
            return deltas_of(known)
        return self._streamed(request)

    def _streamed(self, request: ChatRequest) -> Iterator[Delta]:
        gathered = Gathered()
        deltas = streamed(self._backend, request)
        try:
            for delta in deltas:
                gathered.add(delta)
                yield delta
        finally:
            close(deltas)
        if gathered.end is not None and is_deterministic(request):
            self._store(request, gathered.completions())

    def _known(self, request: ChatRequest) -> Completions | None:
        try:
            answer = answer_of(json.loads(self._file(request).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            self.misses += 1
            return None
        self.hits += 1
        return replace(answer, usage=Usage())

    def _store(self, request: ChatRequest, answer: Completions) -> None:
        """Puts an answer in place; a disk that takes none costs the next request, not this one."""
        file = self._file(request)
        unfinished = file.with_name(f"{file.name}.{os.getpid()}-{secrets.token_hex(4)}")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_text(json.dumps(answer_record(answer)), encoding="utf-8")
                unfinished.replace(file)
            finally:
                unfinished.unlink(missing_ok=True)

    def _file(self, request: ChatRequest) -> Path:
        key = request_key(request_record(request), self.name)
        return self._directory / key[:2] / f"{key}.json"


def is_deterministic(request: ChatRequest) -> bool:
    """Tells whether a backend would answer the same again."""
    return request.temperature == 0 or request.seed is not None
