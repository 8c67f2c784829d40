"""A socket as a supervisor's byte stream."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

CHUNK = 1 << 18
_LONGEST_WAIT = 1e6  # far above it, a socket's timeout overflows


class SocketStream:
    """A connected socket; `words` tells what standard error said, `end` closes what goes with it."""

    def __init__(self, connection: socket.socket, words: Callable[[], str], end: Callable[[], None]) -> None:
        self._socket = connection
        self._words = words
        self._end = end

    def send(self, data: bytes, deadline: float) -> None:
        """Writes all of `data`."""
        self._socket.settimeout(seconds_left(deadline))
        self._socket.sendall(data)

    def receive(self, size: int, deadline: float) -> bytes:
        """Returns exactly `size` bytes."""
        data = bytearray(size)
        left = memoryview(data)
        while left:
            self._socket.settimeout(seconds_left(deadline))
            count = self._socket.recv_into(left)
            if not count:
                raise EOFError("the supervisor ended")
            left = left[count:]
        return bytes(data)

    def close(self) -> None:
        """Closes the connection, which is end of file to the supervisor."""
        hang_up(self._socket)
        self._socket.close()
        self._end()

    def last_words(self) -> str:
        """Returns what the supervisor wrote to standard error."""
        return self._words()


def hang_up(connection: socket.socket) -> None:
    """Ends both directions of a connection, if it still has any."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def seconds_left(deadline: float) -> float:
    """Returns the seconds until `deadline` (monotonic); raises TimeoutError when it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("no answer in time")
    return min(seconds, _LONGEST_WAIT)
