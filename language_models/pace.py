"""A chat backend that keeps to a rate. The only file that imports pyrate_limiter."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyrate_limiter import Duration, Limiter, Rate

from language_models.backend import ChatRequest, Completions, Delta, End, StreamingBackend, Usage
from language_models.chat_form import chat_fields
from language_models.streaming import close
from language_models.token_window import Reservation, TokenWindow

CHARACTERS_PER_TOKEN = 3  # of a prompt, on the cautious side: code and JSON have fewer than prose


class PacedBackend:
    """Sends at most so many requests, and tokens, in any minute; what comes beyond waits its turn.

    Safe to call from several threads. The backend's own repetitions after a refusal are not counted. A
    request counts for the longest replies it allows until its usage is known; where it failed, was closed
    early, or where the backend counts nothing, it goes on counting so.

    Args:
        backend: Who replies.
        requests_per_minute: Most requests in any 60 seconds; None for no limit.
        tokens: The window that tokens read and written must fit; None for no limit.
    """

    def __init__(
        self,
        backend: StreamingBackend,
        requests_per_minute: int | None = None,
        tokens: TokenWindow | None = None,
    ) -> None:
        self._backend = backend
        self._requests_per_minute = requests_per_minute
        self._limiter = (
            None if requests_per_minute is None else Limiter(Rate(requests_per_minute, Duration.MINUTE))
        )
        self._tokens = tokens

    @property
    def name(self) -> str:
        """The backend's name and the rates."""
        rates = [f"{self._requests_per_minute} requests a minute"] if self._limiter else []
        rates += [f"{self._tokens.tokens_per_minute:,} tokens a minute"] if self._tokens else []
        return ", at most ".join((self._backend.name, *rates))

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the backend's replies, asked for as soon as the rate allows."""
        reservation = self._admitted(request)
        answer = self._backend.chat(request)
        self._settle(reservation, answer.usage)
        return answer

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the backend's reply as it comes, asked for as soon as the rate allows."""
        return self._streamed(request, self._backend.stream(request))

    def _streamed(self, request: ChatRequest, deltas: Iterator[Delta]) -> Iterator[Delta]:
        reservation = self._admitted(request)
        try:
            for delta in deltas:
                if isinstance(delta, End):
                    self._settle(reservation, delta.usage)
                yield delta
        finally:
            close(deltas)

    def _admitted(self, request: ChatRequest) -> Reservation | None:
        """Waits for the request's turn, and returns the tokens reserved for it."""
        if self._limiter:
            self._limiter.try_acquire(self._backend.name)
        return self._tokens.reserve(most_tokens(request)) if self._tokens else None

    def _settle(self, reservation: Reservation | None, usage: Usage) -> None:
        if self._tokens and reservation and usage != Usage():
            self._tokens.settle(reservation, usage.prompt_tokens + usage.completion_tokens)


def most_tokens(request: ChatRequest) -> int:
    """Returns how many tokens a request may read and write, estimated from its characters."""
    prompt = len(json.dumps(chat_fields(request))) // CHARACTERS_PER_TOKEN + 1
    return prompt + request.samples * request.max_tokens
