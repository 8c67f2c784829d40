"""What a part of the server answers to, as values: only `application.py` knows the web framework."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Route:
    """One thing that the server answers to.

    Attributes:
        method: Of HTTP.
        path: Such as "/api/runs/{run}"; names in braces are parameters of the handler.
        handler: A plain function or method, called in a thread, or a coroutine function. Its annotations say
            what it takes: names of the path, other plain types of the query, a pydantic model of the body.
        result: What it returns, for the API's description; None: a `Reply`.
        status: Of HTTP, where all went well.
        is_described: Whether the API's description lists it.
    """

    method: Method
    path: str
    handler: Callable[..., Any]
    result: Any = None
    status: int = 200
    is_described: bool = True


@dataclass(frozen=True)
class Reply:
    """An answer that is no JSON: a file, a page, or a stream.

    Attributes:
        body: The whole, or its pieces as they come.
        media_type: Such as "text/event-stream".
        status: Of HTTP.
        headers: More of HTTP's headers.
    """

    body: bytes | Iterator[bytes] | AsyncIterator[bytes]
    media_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Part(Protocol):
    """A part of the server."""

    def routes(self) -> Sequence[Route]:
        """Returns all that it answers to."""
        ...


class Closed(Exception):
    """The other side of a connection has gone."""


class Connection(Protocol):
    """One WebSocket, accepted."""

    async def receive(self) -> str | bytes:
        """Returns the next message; raises `Closed`."""
        ...

    async def send(self, text: str) -> None:
        """Sends a message; raises `Closed`."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Ends the connection; does nothing where it has ended."""
        ...


SocketHandler = Callable[[Connection], Any]  # a coroutine function that ends when the connection is to end
