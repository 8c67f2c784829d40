"""A chat backend that keeps to a rate. The only file that imports pyrate_limiter."""

from __future__ import annotations

from pyrate_limiter import Duration, Limiter, Rate

from language_models.backend import ChatBackend, ChatRequest, Completions


class PacedBackend:
    """Sends at most so many requests in any minute; what comes beyond waits its turn.

    Safe to call from several threads. The client's own repetitions after a refusal are not counted.

    Args:
        backend: Who replies.
        requests_per_minute: Most requests in any 60 seconds.
    """

    def __init__(self, backend: ChatBackend, requests_per_minute: int) -> None:
        self._backend = backend
        self._requests_per_minute = requests_per_minute
        self._limiter = Limiter(Rate(requests_per_minute, Duration.MINUTE))

    @property
    def name(self) -> str:
        """The backend's name and the rate."""
        return f"{self._backend.name}, at most {self._requests_per_minute} requests a minute"

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the backend's replies, asked for as soon as the rate allows."""
        self._limiter.try_acquire(self._backend.name)
        return self._backend.chat(request)
