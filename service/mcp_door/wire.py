"""The protocol on stdin and stdout, which are the protocol's alone: whatever else is printed goes to stderr.

The library's own reader waits for a line in a thread that nothing can end, so that a signal would find the
process deaf until its client says something more. Here both ends are threads of ours that die with it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import BinaryIO

LONGEST_LINE = 16 << 20  # bytes; a client that sends a longer one is not ours


def take_over() -> tuple[BinaryIO, BinaryIO]:
    """Returns stdin and stdout for the protocol; from now on, others read nothing and print to stderr."""
    read, write = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(read, "rb", closefd=False), os.fdopen(write, "wb", closefd=False)


class LinesIn:
    """The lines of a client, until it goes or we end: what the library wants of an asynchronous file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = threading.Semaphore(64)  # lines read and not yet taken
        self.has_ended = asyncio.Event()
        threading.Thread(target=self._read, daemon=True, name="stdin").start()

    def __aiter__(self) -> LinesIn:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        self._room.release()
        if line is None:
            raise StopAsyncIteration
        return line

    def end(self) -> None:
        """Ends the lines, as if the client had gone."""
        self.has_ended.set()
        self._lines.put_nowait(None)

    def _read(self) -> None:
        try:
            while line := self._stream.readline(LONGEST_LINE):
                if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
                    break
                self._room.acquire()
                self._hand(partial(self._lines.put_nowait, line.decode("utf-8", "replace")))
        except OSError:
            pass  # it has gone
        self._hand(self.end)

    def _hand(self, do: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # we have ended
            self._loop.call_soon_threadsafe(do)


class LinesOut:
    """The lines to a client: one after the other, each whole."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()

    async def write(self, text: str) -> None:
        """Writes a text, waiting for a client that does not read; raises `BrokenPipeError`."""
        done: asyncio.Future[None] = self._loop.create_future()
        threading.Thread(target=self._write, args=(text.encode(), done), daemon=True, name="stdout").start()
        await done

    async def flush(self) -> None:
        """Does nothing: each text is written at once."""

    def _write(self, text: bytes, done: asyncio.Future[None]) -> None:
        failure: OSError | None = None
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            failure = error
        with suppress(RuntimeError):  # we have ended
            self._loop.call_soon_threadsafe(_settle, done, failure)


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
