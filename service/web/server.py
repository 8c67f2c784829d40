"""Serves the application on this machine, until it is told to end."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import uvicorn

from service.errors import UsageError
from service.web.access import Access
from service.web.application import application
from service.web.guard import App, Guard
from service.web.opening import Places, Work, open_served
from service.web.parts import parts_of, sockets_of
from service.web.rate_limit import DEFAULT_PER_MINUTE, RateLimit
from service.web.served import Served

__all__ = ["Places", "Work", "bound", "guarded", "open_served", "serve"]

LOOPBACK = "127.0.0.1"
LARGEST_HEAD = 64 << 10  # bytes of a request before its body
LARGEST_MESSAGE = 4 << 20  # bytes of one WebSocket message; what is longer ends the connection
BACKLOG = 1024  # connections that wait to be accepted
GRACE_SECONDS = 5  # for answers under way when the server is told to end


def guarded(served: Served, access: Access, per_minute: int = DEFAULT_PER_MINUTE) -> App:
    """Returns the whole application behind its guard."""
    app = application(parts_of(served), sockets_of(served))
    return Guard(app, access, RateLimit(per_minute))


def bound(port: int) -> socket.socket:
    """Returns a socket that listens on this machine alone.

    Args:
        port: 0 takes a free one.

    Raises:
        UsageError: The port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(
            f"--port {port}: expected a free port of this machine: {error}; 0 takes any free one"
        ) from error
    listening.listen(BACKLOG)  # who comes before the server runs waits, and is not sent away
    return listening


def serve(app: App, listening: socket.socket, on_start: Callable[[], None] = lambda: None) -> None:
    """Serves until a signal ends it; what was opened around it is then closed as after any other call."""
    # The server passes a signal on once it has ended, and SIGTERM by itself would end the process there.
    signal.signal(signal.SIGTERM, _leave)
    on_start()
    with suppress(SystemExit, KeyboardInterrupt):
        server_of(app).run(sockets=[listening])


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Tells whether a line of the web server says more than that a stranger was turned away."""
    return "without completing handshake" not in record.getMessage()


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def server_of(app: App) -> uvicorn.Server:
    """Returns what serves an application; setting its `should_exit` ends it as a signal does."""
    logging.getLogger("uvicorn.error").addFilter(_is_worth_a_line)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",  # the other reader keeps a head in memory however long it grows, before any guard
            h11_max_incomplete_event_size=LARGEST_HEAD,
            log_level="warning",
            access_log=False,  # what people ask for is theirs
            server_header=False,
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,  # on one machine it costs time and memory, and saves nothing
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_SECONDS,
            lifespan="on",
        )
    )
