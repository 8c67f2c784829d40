"""Serves many clients by HTTP at one path; who may come in is for the guard before it to say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from service.mcp_door.protocol import BankServer
from service.web.guard import LARGEST_BODY
from service.web.problems import problem

PATH = "/mcp"
IDLE_SECONDS = 1800.0  # a session of which nothing was heard for so long ends
MOST_SESSIONS = 1000

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class HttpDoor:
    """The ASGI application.

    Args:
        server: What answers.
    """

    def __init__(self, server: BankServer) -> None:
        self._manager = StreamableHTTPSessionManager(
            server,
            max_request_body_size=LARGEST_BODY,
            session_idle_timeout=IDLE_SECONDS,
            max_sessions=MOST_SESSIONS,
        )

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - as ASGI has it
        """Answers a request."""
        if scope["type"] == "lifespan":
            await _live(self._manager.run(), receive, send)
        elif scope["type"] == "http" and scope["path"] == PATH:
            await self._manager.handle_request(scope, receive, send)
        elif scope["type"] == "http":
            await _not_found(scope["path"], send)
        else:
            await send({"type": "websocket.close", "code": 1008})


async def _live(running: AbstractAsyncContextManager[None], receive: Receive, send: Send) -> None:
    """Keeps a thing running between the server's start and its end."""
    await receive()
    async with running:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _not_found(path: str, send: Send) -> None:
    told = problem(f"{path[:80]}: expected the path {PATH}", "http", 404).model_dump_json().encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": told})
