"""A backend whose model is lent by a pool for the time of each call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from language_models.backend import (
    ChatBackend,
    ChatRequest,
    CompletionRequest,
    Completions,
    Delta,
    FormUnsupported,
)

Lease = Callable[[str], AbstractContextManager[ChatBackend]]


class PooledBackend:
    """Keeps every Protocol that the model's own backend keeps; between calls the model may be unloaded.

    Args:
        name: The model's name in the pool.
        lease: Lends the model's backend.
    """

    def __init__(self, name: str, lease: Lease) -> None:
        self.name = name
        self._lease = lease

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the model's replies."""
        with self._lease(self.name) as backend:
            return backend.chat(request)

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns the model's continuations.

        Raises:
            FormUnsupported: It only chats.
        """
        with self._lease(self.name) as backend:
            complete = getattr(backend, "complete", None)
            if complete is None:
                raise FormUnsupported(f"{self.name}: it chats only; ask with a ChatRequest")
            completions: Completions = complete(request)
            return completions

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the model's reply as it comes; the model is in use until the iterator ends or is closed.

        Raises:
            FormUnsupported: It answers whole only.
        """
        with self._lease(self.name) as backend:
            stream = getattr(backend, "stream", None)
            if stream is None:
                raise FormUnsupported(f"{self.name}: it answers whole only; ask with chat()")
            yield from stream(request)

    def __repr__(self) -> str:
        return f"PooledBackend({self.name})"
