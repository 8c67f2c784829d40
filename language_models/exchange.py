"""What is known of an exchange around a request: what it is for, and under which name it is recorded.

Both go past the layers between who asks and who records (a pace, a cache, a chat), so they are kept in the
context of the call, not among its arguments. New threads begin with an empty context.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

_purpose: ContextVar[str] = ContextVar("_purpose", default="")
_recorded: ContextVar[list[Exchange] | None] = ContextVar("_recorded", default=None)


class Exchange(Protocol):
    """An exchange that was recorded."""

    @property
    def id(self) -> str:
        """Its name in the record."""

    def outcome(
        self, *, accepted: bool | None = None, score: float | None = None, note: str = "", choice: int = 0
    ) -> None:
        """Adds what became of one of its replies; never raises for a record that cannot be written."""


@contextmanager
def purpose(words: str) -> Iterator[None]:
    """Says what the requests made inside are for; the innermost counts."""
    token = _purpose.set(words)
    try:
        yield
    finally:
        _purpose.reset(token)


@contextmanager
def recorded() -> Iterator[list[Exchange]]:
    """Gathers the exchanges that are recorded inside; none are where nobody records."""
    around = _recorded.get()
    gathered: list[Exchange] = []
    token = _recorded.set(gathered)
    try:
        yield gathered
    finally:
        _recorded.reset(token)
        if around is not None:
            around.extend(gathered)


def current_purpose() -> str:
    """Returns what requests are for at this moment; "" where nobody said."""
    return _purpose.get()


def record(exchange: Exchange) -> None:
    """Tells who gathers of an exchange."""
    gathered = _recorded.get()
    if gathered is not None:
        gathered.append(exchange)
