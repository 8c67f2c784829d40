"""The trusted side's hold on one supervisor: frames over a byte stream, every exchange with a deadline."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any, Protocol

from sandbox import wire
from sandbox.interface import Limits
from sandbox.request import Request, cpu_of_request, encode_limits
from sandbox.verdict import Reply

GRACE_SECONDS = 15.0  # beyond the candidate's own deadline: a supervisor on a busy machine
_LARGEST_HEADER = 16 << 10
_SLACK = 16 << 10
_FIELDS: dict[str, tuple[type, ...]] = {
    "id": (int,),
    "end": (str,),
    "wall": (float,),
    "alive": (bool,),
    "exit": (int, type(None)),
    "cpu": (float,),
    "peak": (int,),
    "clean": (bool,),
    "out_of_memory": (bool,),
}


class ByteStream(Protocol):
    """A connection to a supervisor's standard input and output."""

    def send(self, data: bytes, deadline: float) -> None:
        """Writes all of `data` before `deadline` (monotonic seconds); raises OSError or EOFError."""

    def receive(self, size: int, deadline: float) -> bytes:
        """Returns exactly `size` bytes before `deadline`; raises OSError or EOFError."""

    def close(self) -> None:
        """Closes both directions, which ends the supervisor."""

    def last_words(self) -> str:
        """Returns what the supervisor wrote to standard error."""


class ZygoteLost(Exception):
    """The supervisor died, hung or spoke nonsense; it must be replaced."""


class Zygote:
    """One running supervisor, and how to end what it runs in."""

    def __init__(self, stream: ByteStream, end: Callable[[], None]) -> None:
        self._stream = stream
        self._end = end
        self.born = time.monotonic()
        self.candidates = 0
        self._in_exchange = False

    def greet(self, seconds: float) -> bool:
        """Waits for the supervisor's first word; returns whether it went on to another connection."""
        header, _ = self._receive(time.monotonic() + seconds, 0)
        if type(header.get("hello")) is not str or type(header.get("door")) is not bool:
            raise ZygoteLost(f"expected a greeting, found {header!r:.200}")
        return bool(header["door"])

    def call(self, opening: bytes, request: Request, limits: Limits, *, final: bool) -> Reply:
        """Returns the reply to one request; `opening`, from `open_frame`, forks a candidate first."""
        self.candidates += bool(opening)
        bounds = {"wall": limits.wall_seconds, "cpu": cpu_of_request(limits)}
        order = {"operation": "call", **bounds, "final": final}
        room = limits.output_bytes + limits.stdout_bytes + _SLACK
        return self._exchange(opening, order, request.payload, limits.wall_seconds, int(room))

    def end_candidate(self, limits: Limits) -> Reply:
        """Ends a session's candidate; returns what it used in all."""
        return self._exchange(b"", {"operation": "close"}, b"", 0.0, int(limits.stdout_bytes) + _SLACK)

    def close(self) -> None:
        """Ends the supervisor and what it runs in."""
        self._stream.close()
        self._end()

    def _exchange(
        self, before: bytes, order: dict[str, Any], body: bytes, seconds: float, room: int
    ) -> Reply:
        if self._in_exchange:  # Ctrl-C, say: its reply may still come, and would be taken for the next one
            raise ZygoteLost("an earlier exchange was interrupted")
        self._in_exchange = True
        identity = secrets.randbits(63)
        deadline = time.monotonic() + seconds + GRACE_SECONDS
        try:
            self._stream.send(before + wire.pack({**order, "id": identity}, body), deadline)
        except (OSError, EOFError) as error:
            raise self._lost(error) from error
        header, answer = self._receive(deadline, room)
        reply = _read_reply(header, answer)
        if reply.id != identity:
            raise ZygoteLost("the reply belongs to another request")
        self._in_exchange = False
        return reply

    def _receive(self, deadline: float, room: int) -> tuple[dict[str, Any], memoryview]:
        try:
            prefix = self._stream.receive(wire.LENGTHS.size, deadline)
            header_size, body_size = wire.LENGTHS.unpack(prefix)
            if header_size > _LARGEST_HEADER or body_size > room:
                raise ZygoteLost(f"a reply of {header_size} + {body_size} bytes")
            data = memoryview(self._stream.receive(header_size + body_size, deadline))
            header = json.loads(bytes(data[:header_size]))
        except (OSError, EOFError, ValueError, RecursionError) as error:
            raise self._lost(error) from error
        if type(header) is not dict:
            raise ZygoteLost("a reply that is no object")
        return header, data[header_size:]

    def _lost(self, error: Exception) -> ZygoteLost:
        words = self._stream.last_words().strip()
        return ZygoteLost(
            f"{type(error).__name__}: {error}" + (f"; it said: {words[-1500:]}" if words else "")
        )


def open_frame(source: bytes, limits: Limits) -> bytes:
    """Returns the order to fork a candidate, to be sent along with its first call."""
    return wire.pack({"operation": "open", "limits": encode_limits(limits)}, source)


def _read_reply(header: dict[str, Any], body: memoryview) -> Reply:
    for name, kinds in _FIELDS.items():
        if type(header.get(name)) not in kinds:
            raise ZygoteLost(f"a reply whose {name} is {header.get(name)!r:.80}")
    record = header.get("record")
    if type(record) is not int or not 0 <= record <= len(body):
        raise ZygoteLost(f"a reply whose record is {record!r:.80} bytes of {len(body)}")
    own = {name: header[name] for name in _FIELDS}
    return Reply(**own, record=bytes(body[:record]), printed=bytes(body[record:]))
