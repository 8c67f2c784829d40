"""A little endpoint on loopback that speaks the protocol, well or with the fault that a test wants."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 10.0  # seconds that a silent server is silent at most
EVENTS = "text/event-stream"


class Wire:
    """The server's end of one request, by which an answer may be as odd as it likes."""

    def __init__(self, handler: BaseHTTPRequestHandler, let_go: threading.Event) -> None:
        self._handler = handler
        self._let_go = let_go

    def begin(self, status: int, headers: dict[str, str]) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """Sends a whole answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.begin(
            status,
            {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})},
        )
        self._handler.wfile.write(content)

    def begin_stream(self, content_type: str = EVENTS) -> None:
        self.begin(200, {"Content-Type": content_type, "Transfer-Encoding": "chunked"})

    def piece(self, content: bytes) -> None:
        """Sends a piece of a stream."""
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self._handler.wfile.flush()

    def event(self, data: Any) -> None:
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.piece(b"data: " + text + b"\n\n")

    def end_stream(self) -> None:
        self._handler.wfile.write(b"0\r\n\r\n")

    def wait(self, seconds: float = PATIENCE) -> None:
        """Is silent until the test ends, or so long."""
        self._let_go.wait(seconds)

    def wait_for_hang_up(self) -> bool:
        """Waits until the client closes the connection, and tells whether it did."""
        self._handler.connection.settimeout(PATIENCE)
        try:
            return not self._handler.connection.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True

    def cut(self) -> None:
        """Closes the connection in the middle of whatever was sent."""
        self._handler.close_connection = True
        self._handler.wfile.flush()
        self._handler.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Resets the connection (RST)."""
        self._handler.close_connection = True
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.connection.close()


Reaction = tuple[int, Any] | Callable[[Wire], None]  # (status, body), or what it likes


@dataclass
class Endpoint:
    """What was asked, and what is answered: `answer` maps a request's body to a reaction."""

    answer: Callable[[dict[str, Any]], Reaction]
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""
    lists_models: bool = True
    owner: str = "me"
    let_go: threading.Event = field(default_factory=threading.Event)

    def models(self) -> Reaction:
        if not self.lists_models:
            return 404, {"error": {"message": "no such page"}}
        models = [{"id": "first", "object": "model", "created": 1, "owned_by": self.owner}]
        return 200, {"object": "list", "data": models}


def completion(*texts: str, **message: Any) -> dict[str, Any]:
    """Returns a chat completion with one choice per text; `message` has more of what each says."""
    choices = [
        {"index": i, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}
        for i, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 5, "completion_tokens": len(texts), "total_tokens": 5 + len(texts)}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": choices,
        "usage": usage,
    }


def chunk(finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    """Returns a chunk of a streamed reply."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": [choice]}


def usage_chunk(prompt_tokens: int, completion_tokens: int) -> dict[str, Any]:
    """Returns the chunk that ends a stream where usage was asked for."""
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    return {**chunk(), "choices": [], "usage": usage}


def stream_of(*events: Any, then: Callable[[Wire], object] | None = None) -> Reaction:
    """Streams the events; then [DONE] and the proper end, unless `then` does something else."""

    def react(wire: Wire) -> None:
        wire.begin_stream()
        for event in events:
            wire.event(event)
        if then is not None:
            then(wire)
            return
        wire.event(b"[DONE]")
        wire.end_stream()

    return react


def pieces_of(pieces: Iterable[bytes], content_type: str = EVENTS) -> Reaction:
    """Streams bytes as they are, cut as they are."""

    def react(wire: Wire) -> None:
        wire.begin_stream(content_type)
        for piece in pieces:
            wire.piece(piece)
        wire.end_stream()

    return react


def refusal(status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> Reaction:
    """Answers with an error in OpenAI's form."""
    return lambda wire: wire.send(status, {"error": {"message": message, **more}}, headers)


def hangs(wire: Wire) -> None:
    """Never answers."""
    wire.wait()


def hangs_within(wire: Wire) -> None:
    """Sends the head and a byte of an answer, and never the rest."""
    wire.begin(200, {"Content-Type": "application/json", "Content-Length": "100"})
    wire._handler.wfile.write(b"{")
    wire.wait()


def drips(wire: Wire) -> None:
    """Sends an answer so slowly that it would take minutes, though never silent for long."""
    wire.begin(200, {"Content-Type": "application/json", "Content-Length": "1000"})
    for _ in range(200):
        wire._handler.wfile.write(b" ")
        wire.wait(0.05)


def resets(wire: Wire) -> None:
    """Resets the connection instead of answering."""
    wire.reset()


def breaks_off(wire: Wire) -> None:
    """Sends less than it promised, and closes."""
    wire.begin(200, {"Content-Type": "application/json", "Content-Length": "1000"})
    wire._handler.wfile.write(b'{"choices": [')
    wire.cut()


@contextmanager
def serving(answer: Callable[[dict[str, Any]], Reaction]) -> Iterator[Endpoint]:
    """Serves until the block ends."""
    endpoint = Endpoint(answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(endpoint))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield endpoint
    finally:
        endpoint.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client had enough
                super().handle()

        def do_GET(self) -> None:
            self._react(endpoint.models())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.bodies.append(body)
            endpoint.keys.append(self.headers.get("Authorization"))
            endpoint.paths.append(self.path)
            self._react(endpoint.answer(body))

        def _react(self, reaction: Reaction) -> None:
            wire = Wire(self, endpoint.let_go)
            if callable(reaction):
                reaction(wire)
            else:
                wire.send(*reaction)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
